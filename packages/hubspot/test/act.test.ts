import { createHalo, type Halo, type HaloOptions } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock } from "@halo/core/testing";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { scopes } from "../src/auth.ts";
import { hubspot } from "../src/index.ts";
import { ADA } from "./action-world.ts";

const orgId = "acme";
const agentId = "sales";

/** A Halo with an agent that has all of HubSpot's actions, and an account with one known contact. */
async function engineWorld({ granted = scopes.map(({ scope }) => scope), searchLagMs = 0 } = {}) {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const emulator = hubspotEmulator({
    seed: 5,
    clock,
    limits: "none",
    searchLagMs,
    size: { companies: 1, contacts: 1, deals: 0, engagements: 0 },
  });
  const ada = emulator.portal.create("contacts", { email: ADA, jobtitle: "Engineer" });
  await clock.advance(3_600_000);
  const fetch: typeof globalThis.fetch = (input, init) => emulator.fetch(new Request(input, init));
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [hubspot()],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch,
  };
  const halo = await createHalo(options);
  const key = emulator.issueKey({ scopes: granted });
  const connection = await clock.run(halo.connections.connectWithKey({ orgId, integration: "hubspot", key }));
  await halo.agents.upsert({ orgId, id: agentId, name: "Sales" });
  for (const action of ["create_deal", "update_contact", "log_activity", "create_note"]) {
    await halo.agents.setAction({ orgId, agentId, action, enabled: true });
  }
  const request = (action: string, input: unknown, email = ADA) => ({
    orgId,
    agentId,
    action,
    input,
    context: { conversationId: "c1", customer: { email } },
  });
  return {
    ada,
    clock,
    connection,
    emulator,
    halo,
    effects: () => emulator.ledger.requests.flatMap(({ effect }) => (effect ? [effect] : [])),
    invoke: (action: string, input: unknown, email?: string) =>
      clock.run(halo.actions.invoke(request(action, input, email))),
    /** A process for which no time passes any more once its write is on its way, or was answered. */
    async dies(where: "before" | "after", action: string, input: unknown, email?: string) {
      const own = fakeClock(clock.now());
      const { promise, resolve } = Promise.withResolvers<void>();
      const dying = await createHalo({
        ...options,
        clock: own,
        fetch: async (input, init) => {
          const asked = new Request(input, init);
          const write = asked.method === "POST" && /\/(deals|notes|tasks)$/.test(new URL(asked.url).pathname);
          if (!write) return emulator.fetch(asked);
          if (where === "after") await emulator.fetch(asked);
          resolve();
          return new Promise<Response>(() => {});
        },
      });
      void dying.actions.invoke(request(action, input, email)).catch(() => {});
      await clock.run(promise);
    },
    /** Another process sweeps for so long. */
    async work(worker: Halo, ms: number) {
      const stop = new AbortController();
      const working = worker.work({ signal: stop.signal });
      await clock.advance(ms);
      stop.abort(new Error("over"));
      await clock.run(working);
    },
  };
}

describe("HubSpot's actions in the engine", () => {
  it("act about the customer of the conversation, and leave an audited call", async () => {
    const world = await engineWorld();
    const outcome = await world.invoke("create_deal", { name: "Renewal" });
    expect(outcome).toMatchObject({ status: "succeeded", output: { contact_id: world.ada.id } });
    const [call] = await world.halo.actions.calls.list(orgId);
    expect(call).toMatchObject({ action: "create_deal", state: "succeeded" });
    expect(world.effects()).toMatchObject([{ mark: call?.id }]);
  });

  it("F93 stand still while the connection's actions are off", async () => {
    const world = await engineWorld();
    await world.halo.connections.setMode(orgId, world.connection.id, "actions", false);
    await expect(world.invoke("create_note", { body: "Hi" })).rejects.toMatchObject({ code: "gate_closed" });
    expect(world.effects()).toEqual([]);
  });

  it("change a contact only with the user's yes to exactly that", async () => {
    const world = await engineWorld();
    const input = { property: "jobtitle", value: "CTO" };
    const asked = await world.invoke("update_contact", input);
    expect(asked).toMatchObject({
      status: "needs_confirmation",
      preview: { changes: [{ field: "jobtitle", from: "Engineer", to: "CTO" }] },
    });
    expect(world.effects()).toEqual([]);
  });

  it("end as refused by the scope that is missing, which the error names", async () => {
    const world = await engineWorld({ granted: ["oauth", "crm.objects.contacts.read"] });
    const run = world.invoke("create_deal", { name: "Renewal" });
    await expect(run).rejects.toMatchObject({ code: "gate_closed", gate: "scope:crm.objects.deals.write" });
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "failed" }]);
  });
});

describe("a process that dies while it acts", () => {
  it.each([
    ["create_deal", { name: "Renewal" }],
    ["log_activity", { title: "Call back" }],
    ["create_note", { body: "Hi" }],
  ] as const)("F13 after HubSpot did it: %s is found by its mark, and made once", async (action, input) => {
    const world = await engineWorld();
    await world.dies("after", action, input);
    expect(world.effects()).toHaveLength(1);
    await world.work(world.halo, 60_000);
    const [call] = await world.halo.actions.calls.list(orgId);
    expect(call).toMatchObject({ state: "succeeded" });
    expect(JSON.stringify(call?.output)).toContain(world.effects()[0]?.id);
    expect(world.effects()).toHaveLength(1);
  });

  it.each([
    ["create_deal", { name: "Renewal" }],
    ["log_activity", { title: "Call back" }],
    ["create_note", { body: "Hi" }],
  ] as const)(
    "F11 before HubSpot heard of it: %s is certainly absent, and made once",
    async (action, input) => {
      const world = await engineWorld();
      await world.dies("before", action, input);
      expect(world.effects()).toEqual([]);
      await world.work(world.halo, 60_000);
      expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "succeeded" }]);
      expect(world.effects()).toHaveLength(1);
    },
  );

  it.each([
    ["before", 0],
    ["after", 1],
  ] as const)(
    "F13 %s a deal without a contact: in no index, it is unknown, and %i was made",
    async (where, made) => {
      const world = await engineWorld({ searchLagMs: 3_600_000 });
      await world.dies(where, "create_deal", { name: "Renewal" }, "nobody@example.com");
      await world.work(world.halo, 60_000);
      expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "outcome_unknown" }]);
      expect(world.effects()).toHaveLength(made);
    },
  );
});
