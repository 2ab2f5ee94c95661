import { describe, expect, it } from "vitest";
import { agentId, billing, email, grace, HOUR_MS, SOON_MS } from "./billing-world.ts";
import { orgId } from "./stripe-world.ts";

describe("bad input to cancel, credit and extend_trial, through the engine", () => {
  /** A subscription that runs, one on trial, and one that is cancelled. */
  async function subscribed() {
    const world = await billing();
    const { ada, merchant } = world;
    const product = merchant.createProduct({ name: "Seats" });
    const sold = { product: product.id, unit_amount: 900, currency: "eur", interval: "month" } as const;
    const prices = [{ price: merchant.createPrice(sold).id }];
    const running = merchant.createSubscription({ customer: ada.id, prices });
    const trial = merchant.createSubscription({ customer: ada.id, prices, trialDays: 14 });
    const ended = merchant.createSubscription({ customer: ada.id, prices });
    merchant.cancelSubscription(ended.id);
    for (const action of ["cancel", "extend_trial"])
      await world.halo.agents.setAction({
        orgId,
        agentId,
        action,
        enabled: true,
        config: action === "cancel" ? { allowed_when: ["period_end", "now"] } : {},
      });
    world.emulator.ledger.clear();
    return { ...world, ended, running, trial };
  }
  type Subscribed = Awaited<ReturnType<typeof subscribed>>;

  it.each<[string, string, (world: Subscribed) => object, string]>([
    ["a credit of zero", "credit", () => ({ amount: 0, currency: "eur" }), "amount"],
    ["a negative credit", "credit", () => ({ amount: -300, currency: "eur" }), "amount"],
    ["a credit of a float", "credit", () => ({ amount: 0.1, currency: "eur" }), "amount"],
    ["a credit of 2^53", "credit", () => ({ amount: 2 ** 53, currency: "eur" }), "amount"],
    ["a credit in another currency", "credit", () => ({ amount: 300, currency: "usd" }), "currency"],
    [
      "a trial that ends in the past",
      "extend_trial",
      ({ trial }) => ({ subscription: trial.id, trial_end: "2026-11-20" }),
      "trial_end",
    ],
    [
      "a trial that ended",
      "extend_trial",
      ({ running }) => ({ subscription: running.id, trial_end: "2026-12-20" }),
      "subscription",
    ],
    [
      "a trial of what is cancelled",
      "extend_trial",
      ({ ended }) => ({ subscription: ended.id, trial_end: "2026-12-20" }),
      "subscription",
    ],
    [
      "a cancellation of what is cancelled",
      "cancel",
      ({ ended }) => ({ subscription: ended.id }),
      "subscription",
    ],
    [
      "a cancellation at once of what is cancelled",
      "cancel",
      ({ ended }) => ({ subscription: ended.id, when: "now" }),
      "subscription",
    ],
  ])("T42 %s is typed, and not even proposed", async (_, action, input, path) => {
    const world = await subscribed();
    await expect(world.invoke(action, input(world))).rejects.toMatchObject({
      code: "input_invalid",
      path: expect.stringContaining(path),
    });
    expect(await world.halo.approvals.list(orgId)).toEqual([]);
    await world.work(SOON_MS);
    expect(world.writes()).toEqual([]);
  });

  it.each<[string, string, (world: Subscribed) => object, (world: Subscribed) => unknown]>([
    [
      "cancelled by hand",
      "cancel",
      ({ running }) => ({ subscription: running.id }),
      ({ merchant, running }) => merchant.cancelSubscription(running.id),
    ],
    [
      "set to end by hand",
      "cancel",
      ({ running }) => ({ subscription: running.id }),
      ({ merchant, running }) => merchant.updateSubscription(running.id, { cancelAtPeriodEnd: true }),
    ],
    [
      "cancelled by hand",
      "extend_trial",
      ({ trial }) => ({ subscription: trial.id, trial_end: "2026-12-20" }),
      ({ merchant, trial }) => merchant.cancelSubscription(trial.id),
    ],
  ])("F93 what was %s after a person approved its %s is left as it is", async (_, action, input, change) => {
    const world = await subscribed();
    const proposal = await world.propose(action, input(world));
    await world.approve(proposal);
    change(world);
    await world.work(SOON_MS);
    expect(await world.get(proposal.id)).toMatchObject({ state: expect.stringMatching(/refused|failed/) });
    expect(world.writes()).toEqual([]);
  });

  it.each(["cancel", "credit", "extend_trial"])(
    "F91 T39 F90 %s waits for somebody else with the role, expires, and is decided once",
    async (action) => {
      const world = await subscribed();
      const { halo, running, trial } = world;
      const input =
        action === "credit"
          ? { amount: 300, currency: "eur" }
          : action === "cancel"
            ? { subscription: running.id }
            : { subscription: trial.id, trial_end: "2026-12-20" };
      const context = { conversationId: "c1", customer: { email }, requestedBy: grace.id };
      const outcome = await world.invoke(action, input, { context });
      if (outcome.status !== "pending_approval") return expect.unreachable(outcome.status);
      const proposal = await world.get(outcome.approvalId);
      const linus = { ...grace, id: "u-linus" };
      for (const actor of [grace, { ...linus, roles: ["member"] }, { ...linus, kind: "service" }])
        await expect(world.approve(proposal, actor)).rejects.toMatchObject({
          code: "gate_closed",
          gate: "approver",
        });
      await world.clock.advance(24 * HOUR_MS + 1);
      await expect(world.approve(proposal, linus)).rejects.toMatchObject({
        code: "approval_stale",
        current: "expired",
      });
      await world.work(SOON_MS);
      expect(world.writes()).toEqual([]);
      const anew = await world.propose(action, input);
      const clicks = [world.approve(anew), world.approve(anew), world.approve(anew, linus)];
      const made = await Promise.allSettled(clicks);
      expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      await world.work(SOON_MS);
      expect((await halo.approvals.get(orgId, anew.id)).state).toBe("succeeded");
      expect(world.writes()).toHaveLength(1);
    },
  );
});
