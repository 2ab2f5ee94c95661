import { knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { orgId, stripeWorld } from "./stripe-world.ts";

const agentId = "billing";

/** Somebody whom another vendor writes in one way, and Stripe in another. */
async function acquainted() {
  const others = [knownPeople([{ id: "7", email: " Ada@EXAMPLE.com ", name: "Ada" }])];
  const world = await stripeWorld({ emulator: { size: { customers: 0 } }, others });
  const { clock, emulator, halo } = world;
  const merchant = emulator.account.in("test");
  const customer = merchant.createCustomer({ email: "ADA@example.com" });
  merchant.createCustomer({ email: "bob@example.com" });
  const payment = merchant.pay({ amount: 5_000, currency: "eur", customer: customer.id });
  const connection = await world.connect({ key: emulator.issueKey() });
  await clock.run(halo.connections.connectWithKey({ orgId, integration: "crm", key: "k" }));
  await world.work(60_000);
  await halo.agents.upsert({ orgId, id: agentId });
  for (const action of ["refund", "credit"])
    await halo.agents.setAction({ orgId, agentId, action, enabled: true });
  const invoke = (action: string, input: unknown, by: object = { email: "ada@example.com" }) =>
    clock.run(halo.actions.invoke({ orgId, agentId, action, input, context: { customer: by } }));
  return { ...world, connection, customer, invoke, merchant, payment };
}

describe("an address that two vendors write differently", () => {
  it("is one person's, whom both vendors' records lead to, and whom any spelling finds", async () => {
    const { connection, customer, halo } = await acquainted();
    const people = await halo.customers.endUsers(orgId);
    expect(people.map(({ email }) => email).sort()).toEqual(["ada@example.com", "bob@example.com"]);
    const id = people.find(({ email }) => email === "ada@example.com")?.id ?? "";
    for (const email of ["ada@example.com", " ADA@Example.COM", "Ada <ada@EXAMPLE.com>"])
      expect((await halo.customers.endUser(orgId, { email }))?.id).toBe(id);
    const matches = await halo.customers.explain(orgId, "end_user", id);
    expect(matches.map(({ key }) => key)).toEqual(expect.arrayContaining(["7", customer.id]));
    expect(matches.some(({ connectionId }) => connectionId === connection.id)).toBe(true);
    const context = await halo.customers.context({ orgId, email: "ADA@example.com " });
    expect(context.text).toContain("Ada");
  });

  it("is credited and refunded at Stripe, though Stripe compares to the letter", async () => {
    const { customer, emulator, halo, invoke, payment, clock, work } = await acquainted();
    emulator.ledger.clear();
    const asked = await Promise.all([
      invoke("credit", { amount: 300, currency: "eur" }),
      invoke("refund", { payment: payment.id, amount: 100, currency: "eur" }),
    ]);
    const person = await halo.customers.endUser(orgId, { email: "Ada@example.com" });
    asked.push(await invoke("credit", { amount: 200, currency: "eur" }, { endUserId: person?.id }));
    const actor = { id: "u-grace", kind: "human", roles: ["approver"] } as const;
    for (const { status, ...outcome } of asked) {
      expect(status).toBe("pending_approval");
      const { hash, id } = await halo.approvals.get(
        orgId,
        String((outcome as { approvalId?: string }).approvalId),
      );
      await clock.run(halo.approvals.approve({ orgId, approvalId: id, hash, actor }));
    }
    await work(60_000);
    const states = await halo.approvals.list(orgId);
    expect(states.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(emulator.account.book.tables.customer.get(customer.id)?.["balance"]).toBe(-500);
  });

  it("is one customer where Stripe and the sync know them alike", async () => {
    const { invoke } = await acquainted();
    const asked = await invoke("credit", { amount: 300, currency: "eur" }, { email: "bob@example.com" });
    expect(asked.status).toBe("pending_approval");
  });

  it("a payment that is not named is refused with those that the customer has", async () => {
    const { invoke, payment } = await acquainted();
    await expect(invoke("refund", { amount: 100, currency: "eur" })).rejects.toMatchObject({
      code: "input_invalid",
      path: "payment",
      message: expect.stringContaining(payment.id),
    });
  });

  it("is asked of Stripe: whoever has another address there by now is nobody's customer here", async () => {
    const { customer, invoke, merchant } = await acquainted();
    merchant.updateCustomer(customer.id, { email: "eve@example.com" });
    await expect(invoke("credit", { amount: 300, currency: "eur" })).rejects.toMatchObject({
      code: "input_invalid",
      path: "context.customer",
    });
  });

  it("of two customers at Stripe, a credit needs the id, whatever case they are in", async () => {
    const { clock, customer, invoke, merchant, work } = await acquainted();
    merchant.createCustomer({ email: "ada@example.com" });
    await clock.advance(1_000);
    await work(60_000);
    await expect(invoke("credit", { amount: 300, currency: "eur" })).rejects.toMatchObject({
      path: "context.customer",
      reason: "several",
    });
    const named = await invoke("credit", { amount: 300, currency: "eur" }, { ids: { stripe: customer.id } });
    expect(named.status).toBe("pending_approval");
  });
});
