import { describe, expect, it } from "vitest";
import { actionWorld } from "../../test/action-world.ts";
import { cancel } from "./index.ts";

const invalid = (path: string, reason?: string) => ({
  code: "input_invalid",
  path,
  ...(reason && { reason: expect.stringContaining(reason) }),
});
const atOnce = { config: { allowed_when: ["now", "period_end"] } };

async function world() {
  const made = actionWorld();
  await made.arrive();
  const active = made.subscribe();
  const now = () => made.book.tables.subscription.get(active.id);
  return { ...made, active, now };
}

describe("cancel", () => {
  it("ends a subscription with the period that is paid for", async () => {
    const { active, now, run } = await world();
    expect(await run(cancel, { subscription: active.id, feedback: "unused" })).toMatchObject({
      output: { subscription: active.id, status: "active", ends: "2026-12-21", by_this_call: true },
    });
    expect(now()).toMatchObject({ status: "active", cancel_at_period_end: true });
  });

  it("ends one now where an admin allows it", async () => {
    const { active, now, run, writes } = await world();
    const asked = { subscription: active.id, when: "now" };
    await expect(run(cancel, asked)).rejects.toMatchObject({ code: "gate_closed", gate: "permit" });
    expect(writes()).toEqual([]);
    expect(await run(cancel, asked, atOnce)).toMatchObject({
      output: { status: "canceled", ends: "2026-11-21", by_this_call: true },
    });
    expect(now()?.status).toBe("canceled");
  });

  it("shows whose subscription it is, of what, and when it ends", async () => {
    const { active, ada, review } = await world();
    const seen = await review(cancel as never, { subscription: active.id, why: "Closes shop" });
    expect(seen).toEqual({
      preview: {
        summary:
          "Cancels the subscription (20.00 EUR a month) of ada@example.com at the end of its period, 2026-12-21.",
        changes: [
          { field: "status", from: "active", to: "active, then canceled" },
          { field: "subscription", to: active.id },
          { field: "customer", to: ada.id },
          { field: "why", to: "Closes shop" },
        ],
      },
      customer: ada.id,
      state: { status: "active", ending: false, period_end: expect.any(Number) },
      livemode: false,
    });
    const now = await review(cancel as never, { subscription: active.id, when: "now" });
    expect(now?.preview.summary).toContain("of ada@example.com now.");
    expect(now?.state).toEqual({ status: "active", ending: false, period_end: null });
  });

  it("is refused of one that is cancelled, or set to end, already", async () => {
    const { active, merchant, run, subscribe, writes } = await world();
    const ended = subscribe();
    merchant.cancelSubscription(ended.id);
    for (const when of ["now", "period_end"]) {
      await expect(run(cancel, { subscription: ended.id, when }, atOnce)).rejects.toMatchObject(
        invalid("subscription", "canceled"),
      );
    }
    merchant.updateSubscription(active.id, { cancelAtPeriodEnd: true });
    await expect(run(cancel, { subscription: active.id })).rejects.toMatchObject(
      invalid("subscription", "already ending"),
    );
    expect(writes()).toEqual([]);
    expect(await run(cancel, { subscription: active.id, when: "now" }, atOnce)).toMatchObject({
      output: { status: "canceled" },
    });
  });

  it("is refused of somebody else's, in the words of one that is not there", async () => {
    const { bob, run, subscribe, writes } = await world();
    const foreign = subscribe({ customer: bob.id });
    for (const subscription of [foreign.id, "sub_nobody"]) {
      await expect(run(cancel, { subscription })).rejects.toMatchObject({
        ...invalid("subscription", "unknown"),
        message: "This customer has no such subscription.",
      });
    }
    for (const subscription of ["sub_1/../x", "si_1", ""]) {
      await expect(run(cancel, { subscription })).rejects.toMatchObject(invalid("subscription"));
    }
    expect(writes()).toEqual([]);
  });

  it("is refused of one that a schedule owns", async () => {
    const { active, book, run, writes } = await world();
    const owned = book.tables.subscription.get(active.id);
    if (owned) owned["schedule"] = "sub_sched_1";
    await expect(run(cancel, { subscription: active.id })).rejects.toMatchObject(
      invalid("subscription", "schedule"),
    );
    expect(writes()).toEqual([]);
  });

  it("says which subscriptions run when none is named", async () => {
    const { active, merchant, run, subscribe } = await world();
    const ended = subscribe();
    merchant.cancelSubscription(ended.id);
    const error = await run(cancel, {}).catch((caught: Error) => caught);
    expect(error).toMatchObject(invalid("subscription", "missing"));
    expect((error as Error).message).toContain(`${active.id} (active, 20.00 EUR a month)`);
    expect((error as Error).message).not.toContain(ended.id);
  });

  it.each([
    ["now", { type: "status", status: 500, executed: true }],
    ["now", { type: "reset", afterBytes: 0 }],
    ["now", { type: "status", status: 503 }],
    ["period_end", { type: "status", status: 500, executed: true }],
    ["period_end", { type: "status", status: 503 }],
  ] as const)("F94 an attempt (%s) that ended in %o is looked for, and done", async (when, effect) => {
    const { active, emulator, run } = await world();
    emulator.faults.add({ match: { method: when === "now" ? "DELETE" : "POST" }, times: 1, effect });
    expect(await run(cancel, { subscription: active.id, when }, atOnce)).toMatchObject({
      status: "succeeded",
      output: { by_this_call: true },
    });
  });

  it("F13 one that somebody else cancelled meanwhile is done, and not by this call", async () => {
    const { active, emulator, find, merchant } = await world();
    merchant.cancelSubscription(active.id, { comment: "by hand" });
    expect(await find(cancel, { subscription: active.id, when: "now" }, "effect-1")).toMatchObject({
      state: "present",
      output: { by_this_call: false, status: "canceled" },
    });
    expect(emulator.ledger.find(({ method }) => method !== "GET")).toEqual([]);
  });

  it("F13 is certainly absent only once the attempt is over for a while", async () => {
    const { active, clock, find } = await world();
    const asked = { subscription: active.id };
    const attemptedAt = new Date(clock.now());
    await expect(find(cancel, asked, "effect-1", { attemptedAt })).rejects.toMatchObject({ retryable: true });
    await clock.advance(6_000);
    expect(await find(cancel, asked, "effect-1", { attemptedAt })).toEqual({ state: "absent" });
    expect(await find(cancel, { subscription: "sub_gone" }, "effect-1")).toEqual({ state: "unknown" });
  });
});
