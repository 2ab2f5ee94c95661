import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock, stripeEmulator } from "../src/index.ts";
import { type Served, serve } from "../src/serve/index.ts";
import { firstOf, refundable } from "./stripe-requests.ts";

// The vendor's own client, unchanged but for host, port and protocol.

const clock = manualClock();
const received: { body: string; signature: string }[] = [];
const emulator = stripeEmulator({
  seed: 11,
  clock,
  limits: "none",
  fetch: async (_, init) => {
    const signature = new Headers(init?.headers).get("stripe-signature") ?? "";
    received.push({ body: String(init?.body), signature });
    return new Response("ok");
  },
});
const first = firstOf(emulator);
let served: Served;
let stripe: Stripe;

const client = (key: string, more: object = {}) =>
  new Stripe(key, { host: "127.0.0.1", port: served.port, protocol: "http", maxNetworkRetries: 0, ...more });

beforeAll(async () => {
  served = await serve(emulator);
  stripe = client(emulator.issueKey());
});
afterAll(async () => {
  emulator.close();
  await served.close();
});

/** Every object of a list, read by the client's own paging. */
async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}

describe("reading", () => {
  it("says whose account it is", async () => {
    const account = await stripe.accounts.retrieveCurrent();
    expect(account).toMatchObject({ id: emulator.account.id, object: "account", default_currency: "usd" });
  });

  it("reads every object of every kind once, as the emulator holds it", async () => {
    const { objects } = emulator.snapshot();
    const limit = 7;
    const lists = {
      customer: stripe.customers.list({ limit }),
      subscription: stripe.subscriptions.list({ limit, status: "all" }),
      invoice: stripe.invoices.list({ limit }),
      invoice_payment: stripe.invoicePayments.list({ limit }),
      payment_intent: stripe.paymentIntents.list({ limit }),
      charge: stripe.charges.list({ limit }),
      refund: stripe.refunds.list({ limit }),
      dispute: stripe.disputes.list({ limit }),
      product: stripe.products.list({ limit }),
      price: stripe.prices.list({ limit }),
    };
    for (const [kind, list] of Object.entries(lists)) {
      const read = await all<{ id: string }>(list as AsyncIterable<{ id: string }>);
      const held = [...objects[kind as keyof typeof lists].keys()];
      expect([kind, read.map(({ id }) => id).sort()]).toEqual([kind, held.sort()]);
    }
  });

  it("reads what belongs to one object, past what stands inside of it", async () => {
    const many = first("subscription", (row) => {
      const items = emulator.account.book.tables.subscription_item.by("subscription", String(row.id));
      return (items?.length ?? 0) > 10;
    });
    const subscription = await stripe.subscriptions.retrieve(many.id);
    expect([subscription.items.data.length, subscription.items.has_more]).toEqual([10, true]);
    const items = await all(stripe.subscriptionItems.list({ subscription: many.id, limit: 5 }));
    expect(items).toHaveLength(14);
    expect(items.slice(0, 10).map(({ id }) => id)).toEqual(subscription.items.data.map(({ id }) => id));
    const invoice = await stripe.invoices.retrieve(String(subscription.latest_invoice));
    const lines = await all(stripe.invoices.listLineItems(invoice.id ?? "", { limit: 5 }));
    expect([invoice.lines.data.length, lines.length]).toEqual([10, 14]);
  });

  it("expands, in lists and beyond", async () => {
    const { data } = await stripe.subscriptions.list({
      limit: 3,
      expand: ["data.customer", "data.latest_invoice.payments"],
    });
    for (const { customer, latest_invoice } of data) {
      expect(customer).toMatchObject({ object: "customer" });
      expect(latest_invoice).toMatchObject({ object: "invoice", payments: { object: "list" } });
    }
    const charge = await stripe.charges.retrieve(first("charge", (row) => row.amount_refunded !== 0).id, {
      expand: ["refunds.data.payment_intent.customer"],
    });
    expect(charge.refunds?.data[0]?.payment_intent).toMatchObject({ customer: { object: "customer" } });
  });

  it("filters, and searches", async () => {
    const known = first("customer", (row) => typeof row.email === "string");
    const { data } = await stripe.customers.list({ email: String(known.email) });
    expect(data.map(({ id }) => id)).toContain(known.id);
    const found = await stripe.customers.search({ query: `email:'${known.email}'` });
    expect(found.data.map(({ id }) => id)).toEqual(data.map(({ id }) => id));
    const since = Number(known.created);
    const young = await all(stripe.customers.list({ created: { gte: since } }));
    expect(young.every(({ created }) => created >= since)).toBe(true);
    const paid = await all(stripe.invoices.list({ status: "paid", customer: known.id }));
    expect(paid.every(({ customer, status }) => customer === known.id && status === "paid")).toBe(true);
  });
});

describe("acting", () => {
  it("F12 gives back a payment once, however often it is asked under one key", async () => {
    const charge = first("charge", refundable);
    const refund = () =>
      stripe.refunds.create(
        { charge: charge.id, amount: 100, reason: "requested_by_customer", metadata: { case: "7" } },
        { idempotencyKey: "refund-7" },
      );
    const [one, two] = [await refund(), await refund()];
    expect(two).toEqual(one);
    expect(two.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(one).toMatchObject({
      amount: 100,
      charge: charge.id,
      status: "succeeded",
      metadata: { case: "7" },
    });
    const read = await stripe.charges.retrieve(charge.id);
    expect([read.amount_refunded, read.refunded]).toEqual([100, false]);
    await expect(
      stripe.refunds.create({ charge: charge.id, amount: 200 }, { idempotencyKey: "refund-7" }),
    ).rejects.toMatchObject({ type: "StripeIdempotencyError", statusCode: 400 });
    await stripe.refunds.create({ payment_intent: String(charge.payment_intent) });
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({
      type: "StripeInvalidRequestError",
      code: "charge_already_refunded",
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it("cancels at the end of the period, takes it back, and cancels now", async () => {
    const { id } = first("subscription", (row) => row.status === "active" && !row.cancel_at_period_end);
    const later = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(later.cancel_at).toBe(later.items.data[0]?.current_period_end);
    const kept = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
    expect([kept.cancel_at, kept.cancel_at_period_end, kept.canceled_at]).toEqual([null, false, null]);
    const over = await stripe.subscriptions.cancel(id, {
      cancellation_details: { feedback: "too_expensive", comment: "Sorry" },
    });
    expect(over).toMatchObject({ status: "canceled", cancellation_details: { feedback: "too_expensive" } });
    expect((await stripe.subscriptions.retrieve(id)).status).toBe("canceled");
    const listed = await all(stripe.subscriptions.list());
    expect(listed.map((one) => one.id)).not.toContain(id);
  });

  it("extends a trial, pauses and resumes", async () => {
    const { id } = first("subscription", (row) => row.status === "trialing");
    const until = Math.floor(clock.now() / 1_000) + 40 * 86_400;
    const longer = await stripe.subscriptions.update(id, { trial_end: until, proration_behavior: "none" });
    expect([longer.trial_end, longer.billing_cycle_anchor, longer.status]).toEqual([
      until,
      until,
      "trialing",
    ]);
    expect((await stripe.subscriptions.pause(id)).status).toBe("paused");
    expect((await stripe.subscriptions.resume(id)).status).toBe("active");
  });

  it("gives credit by the balance and by a credit note", async () => {
    const customer = first("customer", (row) => row.currency === "usd" && row.balance === 0);
    const credit = await stripe.customers.createBalanceTransaction(customer.id, {
      amount: -500,
      currency: "usd",
      description: "Sorry",
    });
    expect(credit).toMatchObject({ amount: -500, ending_balance: -500, type: "adjustment" });
    const history = await all(stripe.customers.listBalanceTransactions(customer.id));
    expect(history[0]).toEqual(expect.objectContaining({ id: credit.id }));
    const again = await stripe.customers.retrieveBalanceTransaction(customer.id, credit.id);
    expect(again.id).toBe(credit.id);
    const invoice = first("invoice", (row) => row.status === "paid" && Number(row.total) > 1_000);
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 300, credit_amount: 300 });
    expect(note).toMatchObject({ type: "post_payment", post_payment_amount: 300, status: "issued" });
    expect(note.lines.data[0]?.amount).toBe(300);
  });
});

describe("being told", () => {
  it("T01 registers an endpoint, and its deliveries verify with the secret that was shown once", async () => {
    const made = await stripe.webhookEndpoints.create({
      url: "https://halo.example.com/hook",
      enabled_events: ["customer.updated", "customer.deleted"],
      api_version: "2026-10-28.endive",
    });
    expect(made.secret).toMatch(/^whsec_/);
    const listed = await stripe.webhookEndpoints.list();
    expect(listed.data.map(({ id, secret }) => [id, secret])).toEqual([[made.id, undefined]]);
    const customer = await stripe.customers.create({ name: "New", email: "new@example.com" });
    await stripe.customers.update(customer.id, { name: "Newer" });
    await stripe.customers.del(customer.id);
    await emulator.webhooks.settled();
    const events = received.map(({ body, signature }) =>
      stripe.webhooks.constructEvent(body, signature, made.secret ?? "", 300, undefined, clock.now()),
    );
    expect(events.map(({ type }) => type)).toEqual(["customer.updated", "customer.deleted"]);
    expect(events[0]?.data.previous_attributes).toEqual({ name: "New" });
    const [{ body = "", signature = "" } = {}] = received;
    expect(() => stripe.webhooks.constructEvent(`${body} `, signature, made.secret ?? "")).toThrow(
      /signature/i,
    );
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ id: customer.id, deleted: true });
    await stripe.webhookEndpoints.update(made.id, { disabled: true });
    expect((await stripe.webhookEndpoints.retrieve(made.id)).status).toBe("disabled");
    expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ deleted: true });
    await expect(stripe.webhookEndpoints.retrieve(made.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("reads events back, by type", async () => {
    const { data } = await stripe.events.list({
      types: ["customer.created", "customer.deleted"],
      limit: 100,
    });
    expect(data.map(({ type }) => type)).toEqual(["customer.deleted", "customer.created"]);
    const [newest] = data;
    expect(await stripe.events.retrieve(newest?.id ?? "")).toMatchObject({ type: "customer.deleted" });
  });
});

describe("who asks", () => {
  it("a restricted key reads what it may, and is told what it lacks", async () => {
    const narrow = client(emulator.issueKey({ permissions: ["customer_read"] }));
    await narrow.customers.list({ limit: 1 });
    await expect(narrow.accounts.retrieveCurrent()).rejects.toMatchObject({
      type: "StripePermissionError",
      message: expect.stringContaining("rak_accounts_kyc_basic_read"),
    });
    await expect(narrow.customers.create({ name: "x" })).rejects.toMatchObject({ statusCode: 403 });
    await expect(client("sk_test_wrong").customers.list()).rejects.toMatchObject({
      type: "StripeAuthenticationError",
    });
  });

  it("installs an app by OAuth of Connect, acts for the account, and leaves it", async () => {
    const platform = client(emulator.secretKeys.test, { stripeAccount: undefined });
    const query = new URLSearchParams({
      client_id: emulator.clientId,
      redirect_uri: "http://localhost/cb",
      response_type: "code",
      scope: "read_write",
      state: "s1",
    });
    const page = await fetch(`${served.url}/oauth/authorize?${query}`, { redirect: "manual" });
    const back = new URL(page.headers.get("location") ?? "");
    expect(back.searchParams.get("state")).toBe("s1");
    const code = back.searchParams.get("code") ?? "";
    const token = await platform.oauth.token({ grant_type: "authorization_code", code });
    expect(token).toMatchObject({ stripe_user_id: emulator.account.id, livemode: false });
    const stripeAccount = emulator.account.id;
    const { data } = await platform.customers.list({ limit: 1 }, { stripeAccount });
    expect(data).toHaveLength(1);
    expect((await platform.customers.list()).data).toEqual([]);
    await platform.oauth.deauthorize({ client_id: emulator.clientId, stripe_user_id: stripeAccount });
    await expect(platform.customers.list({}, { stripeAccount })).rejects.toMatchObject({
      code: "account_invalid",
    });
  });

  it("F20 the client tries again only where it is told so", async () => {
    const patient = client(emulator.issueKey(), { maxNetworkRetries: 1 });
    const at = emulator.ledger.requests.length;
    const match = { kind: "list", objectType: "customer" };
    emulator.faults.add({ match, times: 1, effect: { type: "status", status: 429 } });
    await expect(patient.customers.list()).rejects.toMatchObject({ type: "StripeRateLimitError" });
    const headers = { "stripe-should-retry": "true" };
    emulator.faults.add({ match, times: 1, effect: { type: "status", status: 429, headers } });
    await patient.customers.list();
    expect(emulator.ledger.requests.slice(at).map(({ status }) => status)).toEqual([429, 429, 200]);
  });
});
