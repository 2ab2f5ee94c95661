import { beforeAll, describe, expect, it } from "vitest";
import { agentId, customer, Desk, desk, deskWorld, orgId, warm } from "../../test/acme-actions.ts";
import { tamper } from "../../test/harness.ts";
import type { Halo } from "../index.ts";
import { createHalo, isHaloError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";
import { fakeClock } from "../testing/fake-clock.ts";

beforeAll(warm);

const modes = ["unset", "on", "off"] as const;
const agents = ["missing", "inactive", "active"] as const;
const enablements = ["enabled", "disabled", "unset"] as const;
const connections = ["connected", "auth_error", "disconnected", "none"] as const;
const inputs = ["ok", "bad"] as const;
const permits = ["ok", "no"] as const;
const consents = ["none", "given", "wrong"] as const;

interface Row {
  readonly mode: (typeof modes)[number];
  readonly agent: (typeof agents)[number];
  readonly enabled: (typeof enablements)[number];
  readonly connection: (typeof connections)[number];
  readonly input: (typeof inputs)[number];
  readonly permit: (typeof permits)[number];
  readonly consent: (typeof consents)[number];
}

const rows: readonly Row[] = modes.flatMap((mode) =>
  agents.flatMap((agent) =>
    enablements.flatMap((enabled) =>
      connections.flatMap((connection) =>
        inputs.flatMap((input) =>
          permits.flatMap((permit) =>
            consents.map((consent) => ({ mode, agent, enabled, connection, input, permit, consent })),
          ),
        ),
      ),
    ),
  ),
);

/** The gate that is closed before the arguments are looked at: the specification, in the order of DESIGN. */
function closedGate({ agent, connection, enabled, mode }: Row): string | undefined {
  if (connection !== "connected") return "connection";
  if (mode === "off") return "mode";
  if (agent !== "active") return "agent";
  return enabled === "enabled" ? undefined : "agent_action";
}

function expected(row: Row): string {
  const gate = closedGate(row);
  if (gate) return gate;
  if (row.input === "bad") return "input_invalid";
  if (row.permit === "no") return "permit";
  return { none: "needs_confirmation", given: "succeeded", wrong: "approval_stale" }[row.consent];
}

const orgOf = ({ connection, mode }: Row) => `${connection}-${mode}`;
const agentOf = ({ agent, enabled }: Row) => `${agent}-${enabled}`;

/** An org for each state of connection and mode, and in it an agent for each state of agent and enablement. */
async function opened() {
  const vendor = new Desk();
  const clock = fakeClock();
  const storage = memoryStorage({ clock });
  const halo = await createHalo({
    storage,
    integrations: [desk()],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: vendor.fetch,
  });
  for (const connection of connections) {
    for (const mode of modes) {
      const org = `${connection}-${mode}`;
      if (connection !== "none") {
        const { id } = await halo.connections.connectWithKey({ orgId: org, integration: "acme", key: "k" });
        if (mode !== "unset") await halo.connections.setMode(org, id, "actions", mode === "on");
        if (connection === "auth_error") await storage.connections.change(org, id, { state: "auth_error" });
        if (connection === "disconnected") await halo.connections.disconnect(org, id);
      }
      for (const active of [true, false]) {
        for (const enabled of enablements) {
          const agent = `${active ? "active" : "inactive"}-${enabled}`;
          await halo.agents.upsert({ orgId: org, id: agent, active });
          if (enabled === "unset") continue;
          await halo.agents.setAction({
            orgId: org,
            agentId: agent,
            action: "set_property",
            enabled: enabled === "enabled",
          });
        }
      }
    }
  }
  return { halo, vendor };
}

async function came(halo: Halo, row: Row): Promise<string> {
  const property = row.permit === "ok" ? "jobtitle" : "salary";
  const request = {
    orgId: orgOf(row),
    agentId: agentOf(row),
    action: "set_property",
    input: { property, value: "CTO", ...(row.input === "bad" && { email: "eve@example.com" }) },
    context: { customer },
  };
  let confirmation = `${"0".repeat(36)}.${"0".repeat(64)}`;
  if (row.consent !== "none" && expected({ ...row, consent: "none" }) === "needs_confirmation") {
    const asked = await halo.actions.invoke(request);
    if (asked.status !== "needs_confirmation") throw new Error(asked.status);
    ({ confirmation } = asked);
    if (row.consent === "wrong") {
      confirmation = confirmation.slice(0, -1) + (confirmation.endsWith("0") ? "1" : "0");
    }
  }
  try {
    const more = row.consent === "none" ? {} : { confirmation };
    return (await halo.actions.invoke({ ...request, ...more })).status;
  } catch (error) {
    if (isHaloError(error, "gate_closed")) return (error as unknown as { gate: string }).gate;
    return isHaloError(error) ? error.code : String(error);
  }
}

describe("T36 the truth table of an action", () => {
  it(`holds in each of ${rows.length} combinations, and every one of them leaves its row`, async () => {
    const { halo, vendor } = await opened();
    const wrong: unknown[] = [];
    for (const row of rows) {
      const before = vendor.ledger.length;
      const result = await came(halo, row);
      const acted = vendor.ledger.length - before;
      const [newest] = await halo.actions.calls.list(orgOf(row), { agentId: agentOf(row), limit: 1 });
      const states: { readonly [result: string]: string } = {
        succeeded: "succeeded",
        needs_confirmation: "awaiting_consent",
      };
      const state = newest?.state === (states[expected(row)] ?? "refused");
      const confirmed = row.consent === "given" && result === "succeeded";
      // A confirmed call is the row of the call that asked; it is found below by what it did.
      if (result !== expected(row) || acted !== (result === "succeeded" ? 1 : 0) || !(state || confirmed)) {
        wrong.push({ row, result, expected: expected(row), acted, state: newest?.state });
      }
    }
    expect(wrong).toEqual([]);
    expect(vendor.ledger).toHaveLength(rows.filter((row) => expected(row) === "succeeded").length);
    await halo.close();
  });

  it("is what the list says too", async () => {
    const { halo } = await opened();
    const wrong: unknown[] = [];
    for (const row of rows.filter(({ consent, input, permit }) => consent + input + permit === "noneokok")) {
      const listed = await halo.actions.list({ orgId: orgOf(row), agentId: agentOf(row) });
      const one = listed.find(({ action }) => action === "set_property");
      const gate = closedGate(row);
      if (one?.available !== (gate === undefined) || one.closed?.gate !== gate)
        wrong.push({ row, one, gate });
    }
    expect(wrong).toEqual([]);
    await halo.close();
  });
});

type World = Awaited<ReturnType<typeof deskWorld>>;

/** What can happen between a call and its execution, and the gate that it closes. */
const changes: readonly (readonly [
  name: string,
  gate: string,
  change: (world: World) => Promise<unknown>,
])[] = [
  [
    "the mode was turned off",
    "mode",
    (w) => w.halo.connections.setMode(orgId, w.connectionId, "actions", false),
  ],
  ["the agent was deactivated", "agent", (w) => w.halo.agents.upsert({ orgId, id: agentId, active: false })],
  [
    "the action was disabled",
    "agent_action",
    (w) => w.halo.agents.setAction({ orgId, agentId, action: "charge", enabled: false }),
  ],
  [
    "its configuration forbids it now",
    "permit",
    (w) =>
      w.halo.agents.setAction({ orgId, agentId, action: "charge", enabled: true, config: { max_amount: 1 } }),
  ],
  ["it was disconnected", "connection", (w) => w.halo.connections.disconnect(orgId, w.connectionId)],
  [
    "it lost access",
    "connection",
    (w) => w.options.storage.connections.change(orgId, w.connectionId, { state: "auth_error" }),
  ],
];

const madeAnew = [
  "it was connected anew",
  "connection",
  (w: World) =>
    w.halo.connections.connectWithKey({
      orgId,
      integration: "acme",
      key: "k2",
      connectionId: w.connectionId,
    }),
] as const;

describe("F93 a call whose gates closed after it was let through", () => {
  it.each(changes)("is refused at the moment of execution when %s", async (_, gate, change) => {
    const inner = memoryStorage();
    let meanwhile = async () => {};
    const storage = tamper(inner, "actions", {
      begin: async (...args) => {
        await meanwhile();
        meanwhile = async () => {};
        return await inner.actions.begin(...args);
      },
    });
    const world = await deskWorld({ storage });
    meanwhile = async () => void (await change(world));
    await expect(world.invoke("charge", { amount: 5 })).rejects.toMatchObject({ code: "gate_closed", gate });
    expect(world.desk.ledger).toEqual([]);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "refused", error: { gate } }]);
    await world.halo.close();
  });

  it("is not tried a second time when its mode was turned off since the gates were asked for that", async () => {
    const inner = memoryStorage();
    let meanwhile = async () => {};
    const storage = tamper(inner, "actions", {
      transition: async (...args) => {
        if (args[2].to === "executing") await meanwhile();
        return await inner.actions.transition(...args);
      },
    });
    const world = await deskWorld({ storage });
    const { clock, desk: vendor, halo } = world;
    vendor.faults = [{ retryAfter: 30 }];
    meanwhile = async () =>
      void (await halo.connections.setMode(orgId, world.connectionId, "actions", false));
    await expect(clock.run(world.invoke("charge", { amount: 5 }))).rejects.toMatchObject({ gate: "mode" });
    expect(vendor.ledger).toEqual([]);
    // And no more when the user says yes in that moment.
    meanwhile = async () => {};
    await halo.connections.setMode(orgId, world.connectionId, "actions", true);
    const input = { property: "jobtitle", value: "CTO" };
    const asked = await world.invoke("set_property", input);
    if (asked.status !== "needs_confirmation") return expect.unreachable("it asks");
    meanwhile = async () =>
      void (await halo.connections.setMode(orgId, world.connectionId, "actions", false));
    const { confirmation } = asked;
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      gate: "mode",
    });
    expect(vendor.ledger).toEqual([]);
  });

  it.each([...changes, madeAnew])(
    "is refused a moment after another one went through when %s",
    async (_, gate, change) => {
      const world = await deskWorld();
      const another = await world.another();
      const request = { orgId, agentId, action: "charge", input: { amount: 5 }, context: { customer } };
      await another.actions.invoke(request);
      // The other process looked at the gates just now, and is told nothing of the change.
      await change(world);
      const anew = gate === "connection" && change === madeAnew[2];
      const later = another.actions.invoke(request);
      if (anew) expect(await later).toMatchObject({ status: "succeeded" });
      else await expect(later).rejects.toMatchObject({ code: "gate_closed", gate });
      expect(world.desk.tokens.at(-1)).toBe(anew ? "k2" : "k1");
      expect(world.desk.ledger).toHaveLength(anew ? 2 : 1);
    },
  );

  it("is let through a moment after the gate was opened in another process", async () => {
    const world = await deskWorld();
    const another = await world.another();
    const request = { orgId, agentId, action: "charge", input: { amount: 5 }, context: { customer } };
    const set = (max_amount: number) =>
      world.halo.agents.setAction({
        orgId,
        agentId,
        action: "charge",
        enabled: true,
        config: { max_amount },
      });
    await another.actions.invoke(request);
    await set(1);
    await expect(another.actions.invoke(request)).rejects.toMatchObject({ gate: "permit" });
    await set(9);
    expect(await another.actions.invoke(request)).toMatchObject({ status: "succeeded" });
  });

  it.each([...changes, madeAnew])("is not tried a second time when %s meanwhile", async (_, gate, change) => {
    const world = await deskWorld();
    const { clock, desk: vendor, halo, invoke } = world;
    vendor.faults = [{ retryAfter: 30 }];
    vendor.before = async (_path, method) => {
      if (method !== "GET") await change(world);
      vendor.before = () => {};
    };
    await expect(clock.run(invoke("charge", { amount: 5 }))).rejects.toMatchObject({ gate });
    expect(vendor.ledger).toEqual([]);
    expect(await halo.actions.calls.list(orgId)).toMatchObject([{ state: "refused", attempts: 1 }]);
    await clock.run(halo.close());
  });

  it.each([...changes, madeAnew])(
    "stays unknown when its process died at the vendor and %s",
    async (_, _gate, change) => {
      const world = await deskWorld();
      const { clock, desk: vendor, halo } = world;
      const dead = await world.frozen();
      vendor.before = () => new Promise(() => {});
      const context = { customer };
      void dead.actions
        .invoke({ orgId, agentId, action: "charge", input: { amount: 5 }, context })
        .catch(() => {});
      await clock.advance(1_000);
      vendor.before = () => {};
      await change(world);
      await world.work(halo, 30_000);
      expect(await halo.actions.calls.list(orgId)).toMatchObject([{ state: "outcome_unknown" }]);
      expect(vendor.ledger).toEqual([]);
    },
  );
});
