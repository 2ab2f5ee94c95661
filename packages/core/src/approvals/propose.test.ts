import { beforeAll, describe, expect, it } from "vitest";
import { agentId, desk, deskActions, orgId, refund, warm } from "../../test/acme-actions.ts";
import { approvalWorld } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { ConflictError, StorageError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const context = { conversationId: "c1", customer: { email: "ada@example.com" } };
const amount = { amount: 1_250 };

describe("what an agent's call is answered with", () => {
  it("is where it waits, and until when", async () => {
    const world = await approvalWorld();
    const outcome = await world.invoke("refund", amount, { context });
    const [view] = await world.halo.approvals.list(orgId);
    expect(outcome).toEqual({
      status: "pending_approval",
      callId: view?.id,
      approvalId: view?.id,
      expiresAt: view?.expiresAt,
    });
    expect(await world.invoke("refund", amount, { context })).toEqual(outcome);
  });

  it("A11 is a conflict where its key was used for other arguments", async () => {
    const world = await approvalWorld();
    const key = { context, idempotencyKey: "k" };
    const view = await world.propose(amount, key);
    const other = world.invoke("refund", { amount: 1 }, key);
    await expect(other).rejects.toMatchObject({ code: "conflict", current: "used" });
    expect((await world.halo.approvals.list(orgId)).map(({ id }) => id)).toEqual([view.id]);
  });

  it("is the same proposal for the same key, though its first call never heard of it", async () => {
    const world = await approvalWorld();
    const key = { context, idempotencyKey: "k" };
    const [one, other] = await Promise.all([
      world.invoke("refund", amount, key),
      world.invoke("refund", amount, key),
    ]);
    expect(one).toEqual(other);
    expect(await world.halo.approvals.list(orgId)).toHaveLength(1);
  });

  it("T30 T40 is refused to another agent that asks for the same, also with a key of its own", async () => {
    const world = await approvalWorld();
    await world.halo.agents.upsert({ orgId, id: "other" });
    await world.halo.agents.setAction({ orgId, agentId: "other", action: "refund", enabled: true });
    await world.propose(amount, { context, idempotencyKey: "k1" });
    for (const more of [{}, { idempotencyKey: "k2" }]) {
      const asked = world.invoke("refund", amount, { context, agentId: "other", ...more });
      await expect(asked).rejects.toMatchObject({ code: "conflict", current: "proposed" });
    }
    const elsewhere = { context: { ...context, conversationId: "c2" }, agentId };
    await expect(world.invoke("refund", amount, elsewhere)).rejects.toMatchObject({ code: "conflict" });
  });

  it("is read of the vendor once, under the caller's own signal, however often it is asked", async () => {
    const signals: AbortSignal[] = [];
    const review: typeof refund.review = (given) => {
      signals.push(given.signal);
      return refund.review?.(given) as never;
    };
    const reading = { ...refund, review };
    const world = await approvalWorld({
      integrations: [desk({ actions: [...deskActions.slice(0, -1), reading] })],
    });
    const { signal } = new AbortController();
    await world.propose(amount, { context, idempotencyKey: "k", signal });
    await world.propose(amount, { context, idempotencyKey: "k", signal });
    expect(signals).toEqual([signal]);
    await world.propose({ amount: 1 }, { context });
    expect(signals[1]?.aborted).toBe(false);
  });

  it("is that it waits while it is carried out: nobody is kept waiting for the vendor", async () => {
    const inner = memoryStorage();
    let executing = false;
    const storage = tamper(inner, "approvals", {
      get: async (...by) => {
        const found = await inner.approvals.get(...by);
        return found && executing ? { ...found, call: { ...found.call, state: "executing" } } : found;
      },
    });
    const running = tamper(storage, "actions", {
      byKey: async (...by) => {
        const found = await inner.actions.byKey(...by);
        return found && executing ? { ...found, state: "executing" } : found;
      },
    });
    const world = await approvalWorld({ storage: running });
    const view = await world.propose(amount, { context, idempotencyKey: "k" });
    executing = true;
    const again = await world.invoke("refund", amount, { context, idempotencyKey: "k" });
    expect(again).toMatchObject({ status: "pending_approval", approvalId: view.id });
  });

  it("is that it waits, also after a person said yes and before it is done", async () => {
    const world = await approvalWorld();
    const view = await world.propose(amount, { context });
    await world.approve(view);
    expect(await world.invoke("refund", amount, { context })).toMatchObject({
      status: "pending_approval",
      approvalId: view.id,
    });
  });

  it("A15 is the refusal of a person, where one said no a short while ago", async () => {
    const world = await approvalWorld();
    await world.reject(await world.propose(amount, { context }));
    const again = world.invoke("refund", amount, { context });
    await expect(again).rejects.toMatchObject({ code: "approval_stale", current: "rejected" });
    const [last] = await world.halo.actions.calls.list(orgId);
    expect(last).toMatchObject({
      state: "refused",
      error: { code: "approval_stale", gate: "approval" },
    });
  });
});

describe("what is kept of a proposal", () => {
  it("A14 is where the agent had read, the first fifty of it", async () => {
    const world = await approvalWorld();
    const sources = Array.from({ length: 51 }, (_, n) => `hubspot:email:${n}`);
    const view = await world.propose(amount, { context: { ...context, sources } });
    expect(view.sources).toEqual(sources.slice(0, 50));
    expect((await world.propose({ amount: 1 }, { context })).sources).toBeUndefined();
  });

  it("is the money, the state at the vendor and the preview, as the action read them", async () => {
    const world = await approvalWorld();
    const view = await world.propose(amount, { context: { ...context, requestedBy: "staff-1" } });
    expect(view).toMatchObject({
      money: { amountMinor: 1_250, currency: "eur", digits: 2 },
      preview: { summary: "Gives 1250 back." },
      requestedBy: "staff-1",
      state: "proposed",
    });
    const stored = await world.options.storage.approvals.get(orgId, view.id);
    expect(stored?.proposal).toMatchObject({
      account: "acct-1",
      customer: "ada@example.com",
      state: { status: "paid", refundable: 10_000, currency: "eur" },
    });
    expect(stored?.call.preview).toEqual({ summary: "Gives 1250 back." });
  });
});

describe("a proposal that the store does not take", () => {
  const refusing = async (error: Error, times: number) => {
    const inner = memoryStorage();
    let left = times;
    const storage = tamper(inner, "approvals", {
      propose: async (...by) => {
        if (left-- > 0) throw error;
        return await inner.approvals.propose(...by);
      },
    });
    return await approvalWorld({ storage });
  };

  it("since a gate moved in between is asked for anew", async () => {
    const world = await refusing(new ConflictError("moved", { current: "agent_action" }), 1);
    expect((await world.propose()).state).toBe("proposed");
  });

  it("since it is away is no refusal: nothing is written down of it", async () => {
    const world = await refusing(new StorageError("away", { retryable: true }), 1);
    await expect(world.propose()).rejects.toMatchObject({ code: "storage_failed" });
    expect(await world.halo.actions.calls.list(orgId)).toEqual([]);
  });

  it("for a reason that nobody knows is thrown, and nothing is written down of it", async () => {
    const world = await refusing(new ConflictError("odd", { current: "odd" }), 9);
    await expect(world.propose()).rejects.toMatchObject({ code: "conflict", current: "odd" });
    expect(await world.halo.actions.calls.list(orgId)).toEqual([]);
  });

  it("T40 since too many wait is a refusal", async () => {
    const world = await refusing(new ConflictError("full", { current: "full" }), 9);
    await expect(world.propose()).rejects.toMatchObject({ code: "conflict", current: "full" });
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "refused" }]);
  });
});
