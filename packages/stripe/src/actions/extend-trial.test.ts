import { describe, expect, it } from "vitest";
import { actionWorld } from "../../test/action-world.ts";
import { extendTrial } from "./index.ts";

const invalid = (path: string, reason?: string) => ({
  code: "input_invalid",
  path,
  ...(reason && { reason: expect.stringContaining(reason) }),
});

async function world() {
  const made = actionWorld();
  await made.arrive();
  // Until 5 December, nine in the morning.
  const trial = made.subscribe({ trialDays: 14 });
  const ask = (trial_end: string, more: object = {}) => ({ subscription: trial.id, trial_end, ...more });
  return { ...made, ask, trial, now: () => made.book.tables.subscription.get(trial.id) };
}

describe("extend_trial", () => {
  it("lets a trial go on to the end of the day that was approved, and credits nothing", async () => {
    const { ask, emulator, now, run, trial } = await world();
    expect(await run(extendTrial, ask("2026-12-12"))).toMatchObject({
      output: { subscription: trial.id, status: "trialing", trial_end: "2026-12-12" },
    });
    expect(now()).toMatchObject({ trial_end: Date.UTC(2026, 11, 12, 23, 59, 59) / 1_000 });
    expect(emulator.ledger.find(({ effect }) => effect !== undefined)).toHaveLength(1);
  });

  it("says openly that nothing is to be prorated: Stripe would credit a period that is paid for", async () => {
    const { ask, fetch, run } = await world();
    const bodies: string[] = [];
    const watched: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.method === "POST") bodies.push(await request.clone().text());
      return await fetch(request);
    };
    await run(extendTrial, ask("2026-12-12"), { fetch: watched });
    expect(bodies.map((body) => new URLSearchParams(body).get("proration_behavior"))).toEqual(["none"]);
  });

  it("shows from when to when", async () => {
    const { ada, ask, review, trial } = await world();
    expect(await review(extendTrial as never, ask("2026-12-12", { why: "Asked nicely" }))).toEqual({
      preview: {
        summary: "Extends the trial (20.00 EUR a month) of ada@example.com to 2026-12-12.",
        changes: [
          { field: "trial_end", from: "2026-12-05", to: "2026-12-12" },
          { field: "subscription", to: trial.id },
          { field: "customer", to: ada.id },
          { field: "why", to: "Asked nicely" },
        ],
      },
      customer: ada.id,
      state: { status: "trialing", trial_end: Date.UTC(2026, 11, 5, 9) / 1_000 },
      livemode: false,
    });
  });

  it.each([
    ["in the past", "2026-11-20", "past"],
    ["not later than it ends now", "2026-12-04", "not later"],
    ["further than an admin allows", "2027-01-05", "30 days"],
    ["no date", "next week", undefined],
    ["no day of any month", "2026-02-30", undefined],
    ["a time", "2026-12-12T00:00:00Z", undefined],
  ])("is refused when the day is %s", async (_, day, reason) => {
    const { ask, run, writes } = await world();
    await expect(run(extendTrial, ask(day))).rejects.toMatchObject(invalid("trial_end", reason));
    expect(writes()).toEqual([]);
  });

  it("goes as far as an admin allows, and no further", async () => {
    const { ask, run } = await world();
    const config = { max_days: 31 };
    await expect(run(extendTrial, ask("2027-01-05"), { config })).rejects.toMatchObject(invalid("trial_end"));
    expect(await run(extendTrial, ask("2027-01-04"), { config })).toMatchObject({ status: "succeeded" });
    await expect(run(extendTrial, ask("2027-01-04"), { config: { max_days: 731 } })).rejects.toMatchObject(
      invalid("config.max_days"),
    );
  });

  it("is refused of what is in no trial: active, cancelled, or over", async () => {
    const { clock, merchant, ask, run, subscribe, trial, writes } = await world();
    const active = subscribe();
    const ended = subscribe({ trialDays: 3 });
    merchant.cancelSubscription(ended.id);
    for (const { id } of [active, ended]) {
      await expect(run(extendTrial, { subscription: id, trial_end: "2026-12-12" })).rejects.toMatchObject(
        invalid("subscription"),
      );
    }
    expect(writes()).toEqual([]);
    await clock.advance(15 * 24 * 60 * 60_000);
    await expect(run(extendTrial, ask("2026-12-24"))).rejects.toMatchObject(invalid("subscription"));
    expect(trial.id).toMatch(/^sub_/);
  });

  it("F93 is void when the trial was changed while the person thought", async () => {
    const { ask, merchant, run, trial, writes } = await world();
    const approve = async () => {
      merchant.updateSubscription(trial.id, { trialEnd: Date.UTC(2026, 11, 6) / 1_000 });
      return { approvedBy: "grace" };
    };
    await expect(run(extendTrial, ask("2026-12-12"), { approve })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(writes()).toEqual([]);
  });

  it.each([
    ["a 500 after Stripe did it", { type: "status", status: 500, executed: true }],
    ["a 503 before Stripe did it", { type: "status", status: 503 }],
  ] as const)("F94 %s: it is extended once", async (_, effect) => {
    const { ask, effects, emulator, run } = await world();
    emulator.faults.add({ match: { method: "POST" }, times: 1, effect });
    expect(await run(extendTrial, ask("2026-12-12"))).toMatchObject({ output: { trial_end: "2026-12-12" } });
    expect(effects()).toHaveLength(1);
  });

  it("F14 is found by its mark; another extension's mark leaves it unknown, none at all means absent", async () => {
    const { ask, clock, emulator, find, run } = await world();
    await clock.advance(10_000);
    const at = new Date(clock.now() - 10_000);
    expect(await find(extendTrial, ask("2026-12-12"), "one", { at })).toEqual({ state: "absent" });
    await run(extendTrial, ask("2026-12-12"), { idempotencyKey: "k" });
    const mark = emulator.ledger.requests.find(({ effect }) => effect)?.effect?.mark ?? "";
    expect(await find(extendTrial, ask("2026-12-12"), mark, { at })).toMatchObject({ state: "present" });
    expect(await find(extendTrial, ask("2026-12-12"), "one", { at })).toEqual({ state: "unknown" });
  });
});
