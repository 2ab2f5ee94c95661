import { describe, expect, it } from "vitest";
import { agentId, billing, email, grace, HOUR_MS, SOON_MS, type World } from "./billing-world.ts";
import { orgId } from "./stripe-world.ts";

describe("a refund through the engine", () => {
  it("A1 is proposed by the agent, approved by a person, and given back once under the proposal's id", async () => {
    const world = await billing();
    const proposal = await world.propose();
    expect(proposal.card.lines).toContainEqual({ label: "Amount", value: "12.50 EUR" });
    await world.work(SOON_MS);
    expect(world.writes()).toEqual([]);
    await world.approve(proposal);
    await world.work(SOON_MS);
    expect(await world.get(proposal.id)).toMatchObject({
      state: "succeeded",
      output: { amount: 1_250, payment: world.payment.id },
    });
    expect(world.writes().map(({ effect }) => effect?.mark)).toEqual([proposal.id]);
    await expect(world.approve(proposal)).rejects.toMatchObject({ code: "approval_stale" });
    await world.work(SOON_MS);
    expect(world.refunds()).toHaveLength(1);
  });

  it.each([
    ["zero", { amount: 0 }],
    ["negative", { amount: -5 }],
    ["a float", { amount: 12.5 }],
    ["2^53", { amount: 2 ** 53 }],
    ["far beyond 2^53", { amount: 1e21 }],
    ["no number", { amount: "1250" }],
    ["not finite", { amount: Number.POSITIVE_INFINITY }],
    ["above what is refundable", { amount: 5_001 }],
    ["in another currency", { currency: "usd" }],
  ])("T42 an amount that is %s is not even proposed", async (_, change) => {
    const world = await billing();
    await expect(world.invoke("refund", world.input(change))).rejects.toMatchObject({
      code: "input_invalid",
    });
    expect(await world.halo.approvals.list(orgId)).toEqual([]);
    expect(world.writes()).toEqual([]);
  });

  it.each([
    ["refunded in part by hand", (world: World) => world.merchant.refund(charge(world), { amount: 1 })],
    ["disputed by the bank", (world: World) => world.merchant.dispute(charge(world))],
    ["of a customer who was deleted", (world: World) => world.merchant.deleteCustomer(world.ada.id)],
  ])("F93 of a payment that is %s since then is not carried out", async (_, change) => {
    const world = await billing();
    const proposal = await world.propose();
    await world.approve(proposal);
    change(world);
    const before = world.refunds().length;
    await world.work(SOON_MS);
    expect(["refused", "failed"]).toContain((await world.get(proposal.id)).state);
    expect(world.refunds()).toHaveLength(before);
    expect(world.writes()).toEqual([]);
  });

  it("F93 T09 is not carried out by a connection that was switched from test to live, or to another account", async () => {
    for (const mode of ["live", "test"] as const) {
      const world = await billing();
      const proposal = await world.propose();
      await world.approve(proposal);
      const other = world.emulator.addAccount({ seed: 99, size: { customers: 0 } });
      const key = mode === "live" ? world.emulator.issueKey({ mode }) : other.issueKey();
      const connectionId = world.connection.id;
      await expect(world.connect({ key, connectionId })).rejects.toThrow();
      await world.connect({ key, connectionId, switchAccount: true });
      await world.work(SOON_MS);
      expect((await world.get(proposal.id)).state).toBe("refused");
      expect(world.writes()).toEqual([]);
    }
  });

  it("F93 is not carried out once actions are off, the agent lost it, or an admin lowered what is allowed", async () => {
    const changes = [
      (world: World) => world.halo.connections.setMode(orgId, world.connection.id, "actions", false),
      (world: World) => world.halo.agents.setAction({ orgId, agentId, action: "refund", enabled: false }),
      (world: World) =>
        world.halo.agents.setAction({
          orgId,
          agentId,
          action: "refund",
          enabled: true,
          config: { max_amount: { eur: 1_000 } },
        }),
    ];
    for (const change of changes) {
      const world = await billing();
      const proposal = await world.propose();
      await world.approve(proposal);
      await change(world);
      await world.work(SOON_MS);
      expect((await world.get(proposal.id)).state).toBe("refused");
      expect(world.writes()).toEqual([]);
    }
  });

  it("F91 is not carried out when nobody approved it within four hours", async () => {
    const world = await billing();
    const proposal = await world.propose();
    await world.clock.advance(4 * HOUR_MS + 1);
    await expect(world.approve(proposal)).rejects.toMatchObject({ code: "approval_stale" });
    await world.work(SOON_MS);
    expect(world.writes()).toEqual([]);
  });

  it("F92 edited arguments are another proposal: the approval of one is none of the other", async () => {
    const world = await billing();
    const small = await world.propose("refund", world.input({ amount: 1 }));
    const large = await world.propose("refund", world.input({ amount: 4_999 }));
    await expect(world.approve({ id: large.id, hash: small.hash })).rejects.toMatchObject({
      code: "approval_stale",
    });
    await world.approve(small);
    await world.work(SOON_MS);
    expect(world.refunds()).toMatchObject([{ amount: 1 }]);
  });

  it.each([
    ["without the role", { id: "u-1", kind: "human", roles: ["support"] }],
    ["that is a service", { id: "u-1", kind: "service", roles: ["admin"] }],
    ["who is the customer", { id: "u-1", kind: "human", roles: ["admin"], email }],
    ["who asked for it", { id: email, kind: "human", roles: ["admin"] }],
  ])("T39 is not approved by one %s", async (_, actor) => {
    const world = await billing();
    const proposal = await world.propose();
    await expect(world.approve(proposal, actor)).rejects.toMatchObject({ code: "gate_closed" });
    await world.work(SOON_MS);
    expect(world.writes()).toEqual([]);
  });

  it("F90 two clicks at once are one decision, and one refund", async () => {
    const world = await billing();
    const proposal = await world.propose();
    const linus = { ...grace, id: "u-linus" };
    const clicks = await Promise.allSettled([
      world.approve(proposal),
      world.approve(proposal),
      world.approve(proposal, linus),
    ]);
    expect(clicks.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await world.work(SOON_MS);
    expect(world.refunds()).toHaveLength(1);
  });

  it("T41 A7 limits hold over many small ones", async () => {
    const limits = [{ per: "customer", currency: "eur", amountMinor: 2_000, hours: 24 }] as const;
    const world = await billing({ approvals: { limits } });
    const states: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const proposal = await world.propose("refund", {
        payment: world.pay().id,
        amount: 900,
        currency: "eur",
      });
      await world.approve(proposal);
      await world.work(SOON_MS);
      states.push((await world.get(proposal.id)).state);
    }
    expect(states).toEqual(["succeeded", "succeeded", "refused"]);
    expect(world.refunds()).toHaveLength(2);
  });

  it.each([
    ["a 500 after Stripe did it", { type: "status", status: 500, executed: true }],
    ["a connection that is cut", { type: "reset", afterBytes: 0 }],
    ["a 429", { type: "status", status: 429 }],
  ] as const)("F94 %s: it is given back once", async (_, effect) => {
    const world = await billing();
    const proposal = await world.propose();
    world.emulator.faults.add({ match: { method: "POST" }, times: 2, effect });
    await world.approve(proposal);
    await world.work(5 * 60_000);
    expect((await world.get(proposal.id)).state).toBe("succeeded");
    expect(world.refunds()).toHaveLength(1);
  });

  it("F14 whose outcome nobody heard of for longer than Stripe keeps its key is only looked for", async () => {
    const world = await billing();
    const proposal = await world.propose();
    const lost = world.emulator.faults.add({
      match: { method: "POST" },
      effect: { type: "status", status: 500, executed: true },
    });
    const blind = world.emulator.faults.add({
      match: { method: "GET", path: /refunds/ },
      effect: { type: "status", status: 503 },
    });
    await world.approve(proposal);
    await world.work(2 * 60_000);
    expect((await world.get(proposal.id)).state).toBe("outcome_unknown");
    const asked = world.writes().length;
    lost();
    blind();
    await world.clock.advance(25 * HOUR_MS);
    await world.work(60_000);
    expect(await world.get(proposal.id)).toMatchObject({ state: "reconciled", output: { amount: 1_250 } });
    expect(world.writes()).toHaveLength(asked);
    expect(world.refunds()).toHaveLength(1);
  });
});

describe("the other billing actions through the engine", () => {
  it("cancel, credit and extend_trial wait for a person too, and are done once", async () => {
    const world = await billing();
    const { merchant, ada } = world;
    const product = merchant.createProduct({ name: "Seats" });
    const { id: price } = merchant.createPrice({
      product: product.id,
      unit_amount: 900,
      currency: "eur",
      interval: "month",
    });
    const trial = merchant.createSubscription({ customer: ada.id, prices: [{ price }], trialDays: 14 });
    const other = merchant.createSubscription({ customer: ada.id, prices: [{ price }] });
    const proposals = [
      await world.propose("extend_trial", { subscription: trial.id, trial_end: "2026-12-20" }),
      await world.propose("cancel", { subscription: other.id }),
      await world.propose("credit", { amount: 300, currency: "eur" }),
    ];
    expect(world.writes()).toEqual([]);
    for (const proposal of proposals) await world.approve(proposal);
    await world.work(SOON_MS);
    for (const { id } of proposals) expect((await world.get(id)).state).toBe("succeeded");
    const { book } = world.emulator.account;
    expect(book.tables.subscription.get(trial.id)?.["trial_end"]).toBe(
      Date.UTC(2026, 11, 20, 23, 59, 59) / 1_000,
    );
    expect(book.tables.subscription.get(other.id)?.["cancel_at_period_end"]).toBe(true);
    expect(book.tables.customer.get(ada.id)?.["balance"]).toBe(-300);
    expect(world.writes()).toHaveLength(3);
  });
});

const charge = ({ payment }: World) => String(payment["latest_charge"]);
