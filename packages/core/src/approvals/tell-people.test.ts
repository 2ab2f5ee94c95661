import { beforeAll, describe, expect, it } from "vitest";
import { agentId, orgId, warm } from "../../test/acme-actions.ts";
import { alan, approvalWorld, grace, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { type HaloOptions, type Json, type NewNotification, StorageError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

/** A world, and what was put before people in it. */
async function telling(options: Partial<HaloOptions> = {}) {
  const inner = memoryStorage();
  const raised: NewNotification[] = [];
  const failing: { raise?: unknown; get?: unknown } = {};
  const reads = { count: 0, until: Promise.resolve() };
  let storage = tamper(inner, "notifications", {
    raise: async (org, notifications, at) => {
      if (failing.raise !== undefined) throw failing.raise;
      if (org === orgId) raised.push(...notifications.filter(({ type }) => type === "approval"));
      return await inner.notifications.raise(org, notifications, at);
    },
  });
  storage = tamper(storage, "approvals", {
    get: async (...by) => {
      reads.count += 1;
      await reads.until;
      if (failing.get !== undefined) throw failing.get;
      return await inner.approvals.get(...by);
    },
  });
  const logged: [message: string, fields?: object][] = [];
  const log = (message: string, fields?: object) => void logged.push([message, fields ?? {}]);
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: log };
  const world = await approvalWorld({ storage, logger, ...options });
  const states = () => raised.map(({ event }) => (event as { state: Json }).state);
  return { ...world, failing, logged, raised, reads, states };
}

describe("what people are told of a proposal", () => {
  it("is everything that they decide on, by its names, with the hash to be given back", async () => {
    const world = await telling();
    const view = await world.propose();
    await world.clock.advance(0);
    const now = new Date(world.clock.now()).toISOString();
    expect(world.raised).toEqual([
      {
        type: "approval",
        key: `${view.id}:proposed:0`,
        connectionId: world.connectionId,
        event: {
          approvalId: view.id,
          state: "proposed",
          hash: view.hash,
          integration: "acme",
          action: "refund",
          agentId,
          title: "Refund: Gives 1250 back.",
          lines: view.card.lines,
          needed: 1,
          approvedBy: [],
          expiresAt: view.expiresAt.toISOString(),
          at: now,
        },
      },
    ]);
    expect(view.card.lines[0]).toEqual({ label: "Action", value: "Acme refund" });
  });

  it("is each of its states once, with who decided and what it came to", async () => {
    const world = await telling({ approvals: { twoAbove: { eur: 1_000 } } });
    const view = await world.propose();
    await world.approve(view);
    await world.approve(view, alan);
    await world.settle();
    const { raised } = world;
    expect(raised.map(({ key }) => key.slice(view.id.length))).toEqual([
      ":proposed:0",
      ":proposed:1",
      ":approved:2",
      ":succeeded:2",
    ]);
    expect(raised.map(({ event }) => (event as { approvedBy: Json }).approvedBy)).toEqual([
      [],
      ["grace"],
      ["grace", "alan"],
      ["grace", "alan"],
    ]);
    for (const { event } of raised) expect(event).not.toHaveProperty("rejectedBy");
  });

  it("is who rejected it, and of one that was not done the code", async () => {
    const world = await telling();
    await world.reject(await world.propose());
    await world.clock.advance(0);
    expect(world.raised.at(-1)?.event).toMatchObject({
      state: "rejected",
      approvedBy: [],
      rejectedBy: "grace",
      code: "gate_closed",
    });
    const view = await world.propose({ amount: 7 });
    await world.approve(view);
    await world.halo.connections.setMode(orgId, world.connectionId, "actions", false);
    await world.settle();
    expect(world.raised.at(-1)?.event).toMatchObject({ state: "refused", code: "gate_closed" });
  });

  it("is that it has expired", async () => {
    const world = await telling();
    await world.propose();
    await world.clock.advance(4 * hourMs);
    await world.settle();
    expect(world.states()).toEqual(["proposed", "expired"]);
  });

  it("is that nobody can tell what became of it, and what is known later", async () => {
    const world = await telling();
    const view = await world.propose();
    await world.approve(view);
    const { actions } = world.options.storage;
    const move = { actor: { kind: "engine", id: "e" }, at: new Date(0) } as const;
    await actions.transition(orgId, view.id, { ...move, from: ["approved"], to: "outcome_unknown" });
    const said = { happened: true, vendorId: "re_1" } as const;
    await world.halo.actions.calls.reconcile({ orgId, callId: view.id, actor: grace, ...said });
    await world.clock.advance(0);
    expect(world.states()).toEqual(["proposed", "approved", "reconciled"]);
  });

  it("is nothing of actions that nobody decides, and nothing is read for them", async () => {
    const world = await telling();
    await world.invoke("charge", { amount: 5 });
    await expect(world.invoke("charge", { amount: 0 })).rejects.toThrow();
    await expect(world.invoke("unknown", {})).rejects.toThrow();
    await world.clock.advance(0);
    expect(world.raised).toEqual([]);
    expect(world.reads.count).toBe(0);
  });
});

describe("F78 a proposal that cannot be put before people", () => {
  it.each<[string, unknown, string]>([
    ["the store's failure", new StorageError("away", { retryable: true }), "storage_failed"],
    ["an error", new TypeError("secret"), "TypeError"],
    ["what is no error", "secret", "unknown"],
  ])("waits in the queue all the same, and %s is logged", async (_, error, name) => {
    const world = await telling();
    world.failing.raise = error;
    const view = await world.propose();
    await world.clock.advance(0);
    expect((await world.now(view.id)).state).toBe("proposed");
    expect(world.logged).toEqual([
      ["A proposal could not be put before people: it waits in the queue", { call: view.id, error: name }],
    ]);
  });

  it("since it cannot be read is logged, and the next state is told", async () => {
    const world = await telling();
    const asking = world.invoke("refund", { amount: 5 }, { context: { conversationId: "c1" } });
    world.failing.get = new StorageError("away", { retryable: true });
    const outcome = await asking;
    await world.clock.advance(0);
    delete world.failing.get;
    if (outcome.status !== "pending_approval") return expect.unreachable();
    const read = "A proposal could not be read to be told of";
    expect(world.logged).toEqual([[read, { call: outcome.approvalId }]]);
    await world.reject(await world.now(outcome.approvalId));
    await world.clock.advance(0);
    expect(world.states()).toEqual(["rejected"]);
  });

  it("yet is waited for when Halo is closed", async () => {
    const world = await telling();
    let release = () => {};
    world.reads.until = new Promise((resolve) => {
      release = resolve;
    });
    await world.invoke("refund", { amount: 5 }, { context: { conversationId: "c1" } });
    let closed = false;
    const closing = world.halo.close().then(() => {
      closed = true;
    });
    await world.clock.advance(0);
    expect(closed).toBe(false);
    release();
    await closing;
    expect(world.states()).toEqual(["proposed"]);
  });
});
