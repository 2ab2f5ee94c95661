import { beforeAll, describe, expect, it } from "vitest";
import { agentId, orgId, warm } from "../../test/acme-actions.ts";
import { alan, approvalWorld, grace, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { ConflictError, StorageError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

/** A world whose store answers a decision with this error. */
async function answering(error: Error) {
  const storage = tamper(memoryStorage(), "approvals", {
    decide: async () => {
      throw error;
    },
  });
  const world = await approvalWorld({ storage });
  return { ...world, view: await world.propose() };
}

describe("a decision that is refused", () => {
  it.each([
    ["expired", /^Nobody decided it in time/],
    ["changed", /^It is not what you saw/],
    ["decided", /^You have decided it already/],
    ["executing", /^It is executing by now/],
  ])("says why, where it is %s", async (current, message) => {
    const { approve, view } = await answering(new ConflictError("", { code: "approval_stale", current }));
    await expect(approve(view)).rejects.toMatchObject({
      code: "approval_stale",
      current,
      message: expect.stringMatching(message),
    });
  });

  it("by a store that is away stays the store's failure", async () => {
    const { approve, told, view } = await answering(new StorageError("away", { retryable: true }));
    await expect(approve(view)).rejects.toMatchObject({ code: "storage_failed" });
    expect(told.map(({ name }) => name)).toEqual(["approval.requested"]);
  });

  it("of what is not there names what was asked for", async () => {
    const { approve, propose } = await approvalWorld();
    const view = await propose();
    await expect(approve({ ...view, id: "x" })).rejects.toMatchObject({
      code: "not_found",
      path: "approvalId",
      reason: "unknown",
    });
  });

  it("F91 too late leaves the end in the audit, with who came too late", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.clock.advance(4 * hourMs);
    await expect(world.approve(view)).rejects.toMatchObject({ current: "expired" });
    const [last] = (await world.halo.actions.calls.audit(orgId, view.id)).slice(-1);
    expect(last).toMatchObject({ to: "expired", actor: { kind: "human", id: "grace" } });
    expect((await world.now(view.id)).error).toMatchObject({ code: "approval_stale" });
  });

  it("F92 since somebody changed what is stored is logged, and raises an alarm that says what does not fit", async () => {
    const inner = memoryStorage();
    const storage = tamper(inner, "approvals", {
      get: async (...by) => {
        const found = await inner.approvals.get(...by);
        return found && { ...found, proposal: { ...found.proposal, needed: 0 } };
      },
    });
    const logged: unknown[] = [];
    const log = () => {};
    const logger = { debug: log, info: log, warn: log, error: (...by: unknown[]) => void logged.push(by) };
    const world = await approvalWorld({ storage, logger });
    const view = await world.propose();
    await expect(world.reject(view)).rejects.toMatchObject({ current: "changed" });
    expect(world.told.at(-1)).toMatchObject({ name: "approval.alarm", reason: "arguments" });
    expect(logged.at(-1)).toEqual([expect.stringContaining("somebody changed"), { call: view.id }]);
  });
});

describe("a decision that stands", () => {
  it("A13 as a no may be given while all actions are stopped, and a yes may not", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.halo.killSwitch.stop({ orgId, actor: grace });
    await expect(world.approve(view)).rejects.toMatchObject({ gate: "stopped" });
    expect(await world.reject(view)).toMatchObject({
      state: "rejected",
      error: { code: "gate_closed", gate: "approval" },
    });
  });

  it("A13 is given again once a stop is over", async () => {
    const world = await approvalWorld();
    await world.halo.killSwitch.stop({ orgId, actor: grace });
    await world.halo.killSwitch.resume({ orgId, actor: grace });
    const view = await world.propose();
    expect((await world.approve(view)).state).toBe("approved");
  });

  it.each([
    ["approved", "approve"],
    ["rejected", "reject"],
  ] as const)("is told with ids and states, as %s", async (state, how) => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world[how](view, alan);
    expect(world.told.at(-1)).toEqual({
      name: `approval.${state}`,
      orgId,
      approvalId: view.id,
      agentId,
      integration: "acme",
      action: "refund",
      connectionId: world.connectionId,
      conversationId: "c1",
      state,
      expiresAt: view.expiresAt,
      by: "alan",
    });
  });
});
