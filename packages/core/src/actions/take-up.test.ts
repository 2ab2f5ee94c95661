import { beforeAll, describe, expect, it } from "vitest";
import {
  agentId,
  customer,
  type DeskWorld,
  desk,
  deskActions,
  deskHttp,
  deskWorld,
  type Fault,
  orgId,
  warm,
} from "../../test/acme-actions.ts";
import { tamper } from "../../test/harness.ts";
import { StorageError } from "../errors.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const inputs: { readonly [action: string]: unknown } = {
  create_ticket: { title: "Help" },
  charge: { amount: 5 },
  set_property: { property: "jobtitle", value: "CTO" },
  send_fax: { text: "a" },
};

/** Invokes, with the user's yes where it is asked for. */
async function act({ invoke }: DeskWorld, action: string) {
  const outcome = await invoke(action, inputs[action]);
  if (outcome.status !== "needs_confirmation") return outcome;
  return await invoke(action, inputs[action], { confirmation: outcome.confirmation });
}

async function ended(world: DeskWorld, action: string) {
  const result = await world.clock.run(
    act(world, action).then(
      ({ status }) => status as string,
      (error: { code: string }) => error.code,
    ),
  );
  const [call] = await world.halo.actions.calls.list(orgId, { limit: 1 });
  return { result, state: call?.state, effects: world.desk.ledger.length, attempts: call?.attempts };
}

describe("F94 an attempt that failed", () => {
  // What the vendor does with the writes, and what comes of it for each kind of `again`.
  const rows: readonly (readonly [
    action: string,
    faults: readonly Fault[],
    result: string,
    effects: number,
  ])[] = [
    // The vendor refused: it is known that nothing happened.
    ["charge", ["400"], "vendor_failed", 0],
    ["create_ticket", ["400"], "vendor_failed", 0],
    ["send_fax", ["403"], "vendor_failed", 0],
    // The answer was lost: the same key again.
    ["charge", ["lost"], "succeeded", 1],
    ["charge", ["502 after"], "succeeded", 1],
    ["charge", ["cut"], "succeeded", 1],
    ["charge", ["lost", "503", "cut"], "succeeded", 1],
    ["charge", ["503", "503", "503", "503"], "outcome_unknown", 0],
    // A refusal after an attempt whose end nobody knows tells nothing of that one.
    ["charge", ["lost", "400"], "outcome_unknown", 1],
    ["charge", ["lost", { retryAfter: 30 }, "400"], "outcome_unknown", 1],
    // Looked for, and performed again only if it is absent.
    ["create_ticket", ["lost"], "succeeded", 1],
    ["create_ticket", ["502 after"], "succeeded", 1],
    ["create_ticket", ["cut"], "succeeded", 1],
    ["create_ticket", ["503", "cut", "lost"], "succeeded", 1],
    ["create_ticket", ["503", "503", "503", "503"], "vendor_failed", 0],
    ["create_ticket", ["503", "503", "503", "lost"], "succeeded", 1],
    ["create_ticket", ["cut", "400"], "vendor_failed", 0],
    // Twice is as good as once.
    ["set_property", ["lost"], "succeeded", 2],
    ["set_property", ["503", "503", "503", "503"], "outcome_unknown", 0],
    // Nothing can tell: never again.
    ["send_fax", ["lost"], "outcome_unknown", 1],
    ["send_fax", ["502 after"], "outcome_unknown", 1],
    ["send_fax", ["cut"], "outcome_unknown", 0],
    ["send_fax", ["503"], "outcome_unknown", 0],
    // Refused for now: nothing happened, so that it may be asked again.
    ["send_fax", [{ retryAfter: 1 }], "succeeded", 1],
    ["send_fax", [{ retryAfter: 30 }], "succeeded", 1],
    ["charge", [{ retryAfter: 30 }, "lost"], "succeeded", 1],
    ["send_fax", [{ retryAfter: 300 }], "rate_limited", 0],
    ["charge", ["lost", { retryAfter: 300 }], "outcome_unknown", 1],
    // No answer within the deadline.
    ["charge", ["hang"], "succeeded", 1],
    ["send_fax", ["hang"], "outcome_unknown", 0],
  ];

  it.each(rows)(
    "%s with %j comes to %s, and has happened %i times",
    async (action, faults, result, effects) => {
      const world = await deskWorld();
      world.desk.faults = [...faults];
      const state = ["succeeded", "outcome_unknown"].includes(result) ? result : "failed";
      expect(await ended(world, action)).toMatchObject({ result, state, effects });
      expect(world.told.at(-1)).toMatchObject({ name: state });
    },
  );

  it("before anything was written is a failure, and no riddle", async () => {
    const world = await deskWorld();
    world.desk.readFaults = ["400"];
    expect(await ended(world, "send_fax")).toMatchObject({
      result: "vendor_failed",
      state: "failed",
      effects: 0,
    });
  });

  it("is not believed to have done nothing because a definition calls a 502 a refusal", async () => {
    const http = {
      ...deskHttp,
      classify: ({ status }: { status: number }) => ({ kind: status < 300 ? "ok" : "failed" }) as const,
    };
    const world = await deskWorld({ integrations: [desk({ http })] });
    world.desk.faults = ["502 after"];
    expect(await ended(world, "send_fax")).toMatchObject({ result: "outcome_unknown", effects: 1 });
  });

  it("is told apart from what a look-up could not find out", async () => {
    const world = await deskWorld();
    world.desk.faults = ["lost"];
    world.desk.readFaults = Array.from({ length: 40 }, () => "503" as const);
    expect(await ended(world, "create_ticket")).toMatchObject({ result: "outcome_unknown", effects: 1 });
  });

  it("for lack of a token asks for a reconnect, and is not tried again", async () => {
    const world = await deskWorld();
    world.desk.revoked.add("k1");
    expect(await ended(world, "charge")).toMatchObject({
      result: "reconnect_required",
      state: "failed",
      effects: 0,
    });
    const listed = await world.halo.actions.list({ orgId, agentId });
    expect(listed.every(({ closed }) => closed?.gate === "connection")).toBe(true);
  });

  it("T17 leaves no trace of the token in what is thrown and stored", async () => {
    const world = await deskWorld();
    world.desk.faults = ["400"];
    const error: unknown = await act(world, "charge").catch((thrown: unknown) => thrown);
    const [call] = await world.halo.actions.calls.list(orgId);
    expect(JSON.stringify([{ ...(error as object) }, String(error), call])).not.toContain("k1");
    expect(world.desk.tokens).toContain("k1");
  });
});

type Where = "before" | "after";

/** A process that dies at the vendor: nobody prolongs its lease, and it says nothing any more. */
async function died(
  world: DeskWorld,
  action: string,
  where: Where,
): Promise<{ thaw(): void; late: Promise<unknown> }> {
  const dead = await world.frozen();
  let thaw = () => {};
  const stuck = () => new Promise<void>((resolve) => (thaw = resolve));
  if (where === "before") world.desk.before = (_, method) => (method === "GET" ? undefined : stuck());
  else world.desk.after = stuck;
  const context = { customer };
  const late = dead.actions.invoke({ orgId, agentId, action, input: inputs[action], context });
  const settled = late.catch((error: unknown) => error);
  await world.clock.advance(1_000);
  world.desk.before = () => {};
  world.desk.after = () => {};
  return { thaw: () => thaw(), late: settled };
}

describe("a call whose process died", () => {
  it.each([
    ["F11 before", "charge", "before", "succeeded", 1],
    ["F12 after", "charge", "after", "succeeded", 1],
    ["F13 before", "create_ticket", "before", "succeeded", 1],
    ["F13 after", "create_ticket", "after", "succeeded", 1],
    ["F13 before", "send_fax", "before", "outcome_unknown", 0],
    ["F13 after", "send_fax", "after", "outcome_unknown", 1],
  ] as const)("%s it reached the vendor: %s (%s) is %s, once", async (_, action, where, state, effects) => {
    const world = await deskWorld();
    await died(world, action, where);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "executing" }]);
    await world.work(world.halo, 40_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state }]);
    expect(world.desk.ledger).toHaveLength(effects);
    expect(world.told.at(-1)).toMatchObject({ name: state });
  });

  it("F14 is not asked for again when the vendor has forgotten its key", async () => {
    const world = await deskWorld();
    await died(world, "charge", "after");
    await world.clock.advance(24 * 3_600_000);
    await world.work(world.halo, 40_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "outcome_unknown" }]);
    expect(world.desk.ledger).toHaveLength(1);
    expect(world.desk.requests.filter((one) => one === "POST /charges")).toHaveLength(1);
  });

  it("F19 that was only frozen writes nothing any more, and hears how it ended", async () => {
    const world = await deskWorld();
    const { late, thaw } = await died(world, "create_ticket", "after");
    await world.work(world.halo, 40_000);
    const [before] = await world.halo.actions.calls.list(orgId);
    const audit = await world.halo.actions.calls.audit(orgId, before?.id ?? "");
    thaw();
    expect(await world.clock.run(late)).toMatchObject({ status: "succeeded", output: { id: "found" } });
    expect(await world.halo.actions.calls.list(orgId)).toEqual([before]);
    expect(await world.halo.actions.calls.audit(orgId, before?.id ?? "")).toEqual(audit);
    expect(world.desk.ledger).toHaveLength(1);
  });

  it("is taken up by one of two workers", async () => {
    const world = await deskWorld();
    await died(world, "charge", "before");
    const another = await world.another();
    await Promise.all([world.work(world.halo, 40_000), world.work(another, 40_000)]);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "succeeded", attempts: 2 }]);
    expect(world.desk.requests.filter((one) => one === "POST /charges")).toHaveLength(2);
    expect(world.desk.ledger).toHaveLength(1);
  });

  it.each([
    ["after", "succeeded", 1],
    ["before", "refused", 0],
  ] as const)(
    "F93 with its mode off since is looked for (%s), and not performed",
    async (where, state, effects) => {
      const world = await deskWorld();
      await died(world, "create_ticket", where);
      await world.halo.connections.setMode(orgId, world.connectionId, "actions", false);
      await world.work(world.halo, 40_000);
      expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state }]);
      expect(world.desk.ledger).toHaveLength(effects);
    },
  );

  it("is not looked for in another account", async () => {
    const world = await deskWorld();
    await died(world, "create_ticket", "after");
    const { connections } = world.options.storage;
    await connections.change(orgId, world.connectionId, { generation: 9, account: { id: "acct-2" } });
    await world.work(world.halo, 40_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "outcome_unknown" }]);
    expect(world.desk.requests.filter((one) => one.startsWith("GET"))).toEqual([]);
  });

  it("waits for a process that knows its action, and is not performed with another meaning", async () => {
    const world = await deskWorld();
    await died(world, "create_ticket", "before");
    const { createHalo } = await import("../index.ts");
    const stranger = await createHalo({ ...world.options, integrations: [desk({ actions: [] })] });
    await world.work(stranger, 60_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "executing" }]);
    const newer = deskActions.map((action) => ({ ...action, version: 2 }));
    const upgraded = await createHalo({ ...world.options, integrations: [desk({ actions: newer })] });
    await world.work(upgraded, 60_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "outcome_unknown" }]);
    expect(world.desk.ledger).toEqual([]);
  });

  it("that nobody had begun is refused when its gate has closed, and performed when it is open", async () => {
    for (const open of [false, true]) {
      const world = await deskWorld();
      const { halo, options, work } = world;
      const dead = await died(world, "send_fax", "before");
      const [call] = await halo.actions.calls.list(orgId);
      // As an approved one is, before its first attempt.
      await options.storage.actions.transition(orgId, call?.id ?? "", {
        from: ["executing"],
        to: "executing",
        actor: { kind: "engine", id: "test" },
        at: new Date(world.clock.now()),
        set: { attempts: 0, startedAt: undefined },
      });
      if (!open) await halo.agents.upsert({ orgId, id: agentId, active: false });
      await work(halo, 40_000);
      const [ended] = await halo.actions.calls.list(orgId);
      expect(ended).toMatchObject(
        open
          ? { state: "succeeded", attempts: 1 }
          : { state: "refused", error: { gate: "agent" }, attempts: 0 },
      );
      expect(world.desk.ledger).toHaveLength(open ? 1 : 0);
      dead.thaw();
    }
  });
});

describe("a store that fails", () => {
  it("for a moment when the deed is done is waited for", async () => {
    const inner = memoryStorage();
    let failures = 2;
    const storage = tamper(inner, "actions", {
      transition: async (...args) => {
        if (failures-- > 0) throw new StorageError("away", { retryable: true });
        return await inner.actions.transition(...args);
      },
    });
    const world = await deskWorld({ storage });
    expect(await ended(world, "send_fax")).toMatchObject({ result: "succeeded", effects: 1, attempts: 1 });
  });

  it("for longer leaves the call to whoever sweeps", async () => {
    const inner = memoryStorage();
    let away = true;
    const storage = tamper(inner, "actions", {
      transition: async (...args) => {
        if (away) throw new StorageError("away", { retryable: true });
        return await inner.actions.transition(...args);
      },
    });
    const world = await deskWorld({ storage });
    expect(await ended(world, "create_ticket")).toMatchObject({
      result: "storage_failed",
      state: "executing",
    });
    away = false;
    await world.work(world.halo, 40_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "succeeded" }]);
    expect(world.desk.ledger).toHaveLength(1);
  });
});

describe("a caller that stops waiting", () => {
  it("leaves the call to its end, which is written down", async () => {
    const world = await deskWorld();
    const stop = new AbortController();
    let go = () => {};
    world.desk.before = () => new Promise((resolve) => (go = resolve));
    const call = world.invoke("send_fax", { text: "a" }, { signal: stop.signal });
    await world.clock.advance(100);
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    world.desk.before = () => {};
    // Closing waits for what is under way.
    let closed = false;
    const closing = world.halo.close().then(() => {
      closed = true;
    });
    await world.clock.advance(1_000);
    expect(closed).toBe(false);
    go();
    await world.clock.run(closing);
    expect(await world.options.storage.actions.list(orgId, { limit: 9 })).toMatchObject([
      { state: "succeeded" },
    ]);
  });

  it("before it began has called nobody", async () => {
    const world = await deskWorld();
    const signal = AbortSignal.abort();
    await expect(world.invoke("charge", { amount: 1 }, { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(await world.halo.actions.calls.list(orgId)).toEqual([]);
  });
});
