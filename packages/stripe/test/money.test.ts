import { defineIntegration, defineStream, type IntegrationDefinition } from "@halo/core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { orgId, READING, stripeWorld } from "./stripe-world.ts";

const Company = z.object({ id: z.string(), domain: z.string(), billing: z.string().optional() });

/** Another system, which knows companies. */
const crm = (companies: readonly z.infer<typeof Company>[]): IntegrationDefinition =>
  defineIntegration({
    id: "crm",
    name: "CRM",
    auth: { scopes: [], key: { label: "Key" }, identify: async () => ({ account: { id: "crm-1" } }) },
    http: { baseUrl: "https://crm.test", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: true, actions: false, notifications: false },
    streams: [
      defineStream<z.infer<typeof Company>>({
        id: "companies",
        name: "Companies",
        record: Company,
        key: ({ id }) => id,
        columns: {},
        row: () => ({}),
        customer: ({ billing, domain }) => ({
          kind: "company",
          domains: [domain],
          fields: { name: domain },
          custom: { billing },
        }),
        async *pull() {
          yield { records: companies, cursor: null, done: true };
        },
      }),
    ],
  });

async function world(companies: readonly z.infer<typeof Company>[], settings = {}) {
  const made = await stripeWorld({ others: [crm(companies)], emulator: { size: { customers: 1 } } });
  const { clock, emulator, halo } = made;
  await clock.run(halo.connections.connectWithKey({ orgId, integration: "crm", key: "k" }));
  const { id } = await made.connect({ key: emulator.issueKey({ permissions: READING }) });
  await halo.connections.setSettings(orgId, id, settings);
  await made.work(60_000);
  const { account } = emulator;
  const product = account.createProduct({ name: "Pro" });
  const price = (unit_amount: number, currency: string) =>
    account.createPrice({
      product: product.id,
      unit_amount,
      currency,
      interval: "month",
    });
  return { ...made, account, id, price };
}

describe("a company's money", () => {
  it("is what its customers' subscriptions bring in and their charges brought, by currency", async () => {
    const { account, clock, halo, price, work } = await world([{ id: "1", domain: "northwind.example" }]);
    // Products are read anew after ten minutes; until then a new one's plan is shown by its price.
    await clock.advance(11 * 60_000);
    const ada = account.createCustomer({ email: "ada@northwind.example", name: "Ada" });
    const bob = account.createCustomer({ email: "bob@northwind.example", name: "Bob" });
    const dollars = price(4_900, "usd");
    const euros = price(1_000, "eur");
    const kept = account.createSubscription({
      customer: ada.id,
      prices: [{ price: dollars.id, quantity: 2 }],
    });
    account.createSubscription({ customer: bob.id, prices: [{ price: euros.id }] });
    account.pay({ customer: bob.id, amount: 2_500, currency: "usd" });
    await work(60_000);
    const company = async () =>
      (await halo.customers.company(orgId, { domain: "northwind.example" }))?.revenue;
    expect(await company()).toMatchObject({
      subscriptionStatus: "active",
      plan: "Pro",
      mrr: { usd: "98.00", eur: "10.00" },
      lastPaymentAt: expect.any(Date),
      billingInterval: "monthly",
      renewsAt: expect.any(Date),
    });
    account.cancelSubscription(kept.id);
    await work(60_000);
    expect((await company())?.mrr).toEqual({ eur: "10.00" });
  });

  it("is the sum of several subscriptions, of one customer or of several, in each currency", async () => {
    const { account, halo, price, work } = await world([{ id: "1", domain: "northwind.example" }]);
    const ada = account.createCustomer({ email: "ada@northwind.example" });
    const bob = account.createCustomer({ email: "Bob@Northwind.example" });
    const monthly = price(4_900, "usd");
    const other = price(1_050, "usd");
    const euros = price(1_000, "eur");
    const subscribe = (customer: string, ...prices: { readonly id: string }[]) =>
      account.createSubscription({ customer, prices: prices.map(({ id }) => ({ price: id })) });
    subscribe(ada.id, monthly, other);
    const second = subscribe(ada.id, other);
    subscribe(ada.id, euros);
    subscribe(bob.id, monthly);
    await work(60_000);
    const mrr = async () =>
      (await halo.customers.company(orgId, { domain: "northwind.example" }))?.revenue?.mrr;
    expect(await mrr()).toEqual({ usd: "119.00", eur: "10.00" });
    account.cancelSubscription(second.id);
    await work(60_000);
    expect(await mrr()).toEqual({ usd: "108.50", eur: "10.00" });
  });

  it("T09 is of live mode alone where both modes are connected, in whatever order", async () => {
    for (const order of [
      ["test", "live"],
      ["live", "test"],
    ] as const) {
      const { connect, emulator, halo, work, ...made } = await stripeWorld({
        others: [crm([{ id: "1", domain: "northwind.example" }])],
        emulator: { size: { customers: 0 } },
      });
      await made.clock.run(halo.connections.connectWithKey({ orgId, integration: "crm", key: "k" }));
      const connections = [];
      for (const mode of order) {
        const merchant = emulator.account.in(mode);
        const customer = merchant.createCustomer({ email: "ada@northwind.example" });
        const product = merchant.createProduct({ name: mode });
        const unit_amount = mode === "live" ? 4_900 : 99_900;
        const sold = { product: product.id, unit_amount, currency: "usd", interval: "month" } as const;
        const { id: price } = merchant.createPrice(sold);
        merchant.createSubscription({ customer: customer.id, prices: [{ price }] });
        merchant.pay({ customer: customer.id, amount: unit_amount, currency: "usd" });
        connections.push(await connect({ key: emulator.issueKey({ mode, permissions: READING }) }));
        await work(60_000);
      }
      expect(new Set(connections.map(({ account: { id } }) => id)).size).toBe(2);
      const revenue = (await halo.customers.company(orgId, { domain: "northwind.example" }))?.revenue;
      expect(revenue).toMatchObject({ plan: "live", mrr: { usd: "49.00" }, lifetimeValue: { usd: "98.00" } });
    }
  });

  it("is that of the company whose field names the customer, where the org chose one", async () => {
    const { account, halo, price, work } = await world(
      [
        { id: "1", domain: "northwind.example" },
        { id: "2", domain: "tailwind.example", billing: "Grace@Elsewhere.example" },
      ],
      { customer_id_field: "custom:billing" },
    );
    const grace = account.createCustomer({ email: "grace@elsewhere.example", name: "Grace" });
    account.createSubscription({ customer: grace.id, prices: [{ price: price(4_900, "usd").id }] });
    await work(60_000);
    const of = async (domain: string) => (await halo.customers.company(orgId, { domain }))?.revenue?.mrr;
    expect(await of("tailwind.example")).toEqual({ usd: "49.00" });
    expect(await of("northwind.example")).toBeUndefined();
  });
});
