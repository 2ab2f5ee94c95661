import { getResponse } from "msw";
import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";
import { manualClock } from "../clock.ts";
import { hubspotEmulator } from "../hubspot/index.ts";
import { serve } from "../serve/index.ts";
import { stripeEmulator } from "./emulator.ts";
import { lockTimeout } from "./limits.ts";

describe("a seeded account", () => {
  it("is the same for the same seed and another for another", () => {
    const digest = (seed: number) => setUpStripe({ seed }).emulator.account.digest();
    expect(digest(1)).toEqual(digest(1));
    expect(digest(1).customer).not.toEqual(digest(2).customer);
  });

  it("has every status, several currencies, trials, pauses, awkward customers and lists that are cut", () => {
    const { emulator } = setUpStripe();
    const { objects } = emulator.snapshot();
    const values = (kind: keyof typeof objects, field: string) =>
      new Set([...objects[kind].values()].map((row) => row[field]));
    expect(values("subscription", "status").size).toBe(8);
    expect(values("subscription", "currency")).toEqual(new Set(["usd", "eur", "gbp", "jpy"]));
    expect(values("invoice", "status")).toEqual(new Set(["paid", "open", "draft", "uncollectible", "void"]));
    expect(values("charge", "status")).toEqual(new Set(["succeeded", "failed"]));
    const customers = [...objects.customer.values()];
    expect(customers.filter((row) => row.email === "twice@example.com")).toHaveLength(2);
    expect(customers.some((row) => row.email === null)).toBe(true);
    expect(customers.some((row) => row.email === "Shouting.Person@Example.COM")).toBe(true);
    const subscriptions = [...objects.subscription.values()];
    expect(subscriptions.some((row) => row.pause_collection !== null)).toBe(true);
    expect(subscriptions.some((row) => row.cancel_at_period_end)).toBe(true);
    expect(subscriptions.some((row) => (row.items as { has_more: boolean }).has_more)).toBe(true);
    expect(objects.refund.size).toBeGreaterThan(2);
    expect(objects.dispute.size).toBe(1);
    const seconds = customers.map((row) => row.created);
    expect(new Set(seconds).size).toBeLessThan(seconds.length / 2);
  });

  it("adds up: charges, refunds, balances and invoices agree", () => {
    const { emulator } = setUpStripe({ size: { customers: 120 } });
    const { tables } = emulator.account.book;
    const sum = (rows: readonly Readonly<Record<string, unknown>>[] | undefined, field: string) =>
      (rows ?? []).reduce((total, row) => total + Number(row[field]), 0);
    for (const row of tables.charge.rows)
      expect(row.amount_refunded).toBe(sum(tables.refund.by("charge", row.id), "amount"));
    for (const row of tables.customer.rows)
      expect(row.balance).toBe(sum(tables.customer_balance_transaction.by("customer", row.id), "amount"));
    for (const row of tables.invoice.rows) {
      expect(row.total).toBe(sum(tables.line_item.by("invoice", row.id), "amount"));
      const paid = (tables.invoice_payment.by("invoice", row.id) ?? []).filter(
        ({ status }) => status === "paid",
      );
      expect(row.amount_paid).toBe(sum(paid, "amount_paid"));
    }
    for (const row of tables.subscription.rows)
      expect(tables.subscription_item.by("subscription", row.id)?.length).toBeGreaterThan(0);
  });

  it("may have the companies of a HubSpot account as its customers, or whoever is given", () => {
    const crm = { companies: 5, contacts: 40 };
    const hubspot = hubspotEmulator({
      seed: 9,
      clock: manualClock(),
      size: { ...crm, deals: 0, engagements: 0 },
    });
    const contacts = new Set(
      [...hubspot.snapshot(["contacts"]).records.contacts.values()].map(({ properties }) =>
        String(properties.email).toLowerCase(),
      ),
    );
    const { emulator } = setUpStripe({ seed: 9, crm, size: { customers: 4 } });
    const emails = [...emulator.snapshot().objects.customer.values()].map((row) =>
      String(row.email).toLowerCase(),
    );
    expect(emails).toHaveLength(4);
    expect(emails.filter((email) => contacts.has(email)).length).toBeGreaterThan(2);
    const people = [{ name: "Ada", email: "ada@example.com", metadata: { user_id: "7" } }];
    const own = setUpStripe({ people, size: { customers: 2 } });
    expect(own.first("customer", (row) => row.email === "ada@example.com").metadata).toEqual({
      user_id: "7",
    });
    hubspot.close();
  });

  it("of 2,000 customers is made quickly, and a page of it costs little of the processor", async () => {
    const spent = (since?: NodeJS.CpuUsage) => process.cpuUsage(since).user / 1_000;
    const began = process.cpuUsage();
    const { ask, emulator } = setUpStripe({ size: { customers: 2_000 } });
    expect(emulator.account.book.tables.customer.size).toBe(2_000);
    expect(spent(began)).toBeLessThan(15_000);
    await ask("GET", "/v1/invoices", { limit: 100 });
    const warm = process.cpuUsage();
    for (let n = 0; n < 10; n++) await ask("GET", "/v1/invoices", { limit: 100 });
    expect(spent(warm) / 10).toBeLessThan(100);
  });
});

describe("changes", () => {
  it("drawn from a seed touch what they say", () => {
    const { emulator } = setUpStripe();
    const before = emulator.snapshot();
    const mutation = {
      seed: 3,
      edits: 3,
      creations: 2,
      deletions: 1,
      payments: 2,
      refunds: 2,
      cancellations: 1,
      subscriptionChanges: 2,
    };
    const report = emulator.account.mutate(mutation);
    const after = emulator.snapshot();
    expect(report.created.map((id) => after.objects.customer.has(id))).toEqual([true, true]);
    expect(report.deleted.map((id) => after.objects.customer.has(id))).toEqual([false]);
    expect(report.paid.every((id) => after.objects.payment_intent.has(id))).toBe(true);
    expect(after.objects.refund.size).toBe(before.objects.refund.size + 2);
    expect(report.canceled.map((id) => after.objects.subscription.get(id)?.status)).toEqual(["canceled"]);
    expect(report.changed).toHaveLength(2);
    expect(setUpStripe().emulator.account.mutate(mutation)).toEqual(report);
  });

  it("behind the reader are made by a fault", async () => {
    const { ask, emulator } = setUpStripe();
    emulator.faults.add({
      match: { kind: "list" },
      times: 1,
      effect: { type: "drift", edits: 2, creations: 1, deletions: 0 },
    });
    await ask("GET", "/v1/customers");
    const types = emulator.account.book.tables.event.rows.map(({ type }) => type);
    expect(types.sort()).toEqual(["customer.created", "customer.updated", "customer.updated"]);
  });

  it("of products and prices are told", () => {
    const { emulator, first } = setUpStripe();
    const { account } = emulator;
    account.updateProduct(account.createProduct({ name: "P" }).id, { active: false });
    const price = account.createPrice({
      product: first("product").id,
      unit_amount: 5,
      currency: "usd",
      interval: "month",
    });
    account.updatePrice(price.id, { nickname: "five" });
    account.markUncollectible(first("invoice", (row) => row.status === "open").id);
    account.deleteInvoice(first("invoice", (row) => row.status === "draft").id);
    expect(account.book.tables.event.rows.map(({ type }) => type)).toEqual([
      ..."product.created product.updated price.created price.updated invoice.marked_uncollectible invoice.deleted".split(
        " ",
      ),
    ]);
  });
});

describe("faults", () => {
  it.each([
    [
      "F27 a record without an id",
      { type: "malformedRecord" },
      (data: object[]) => "id" in (data[0] ?? {}),
      false,
    ],
    [
      "F27 a record that is text",
      { type: "malformedRecord", how: "not-an-object" },
      (data: object[]) => typeof data[0],
      "string",
    ],
    ["F28 a record twice", { type: "duplicateRecords" }, (data: object[]) => data.length, 4],
    ["F29 a page without an end", { type: "repeatCursor" }, (data: object[]) => data.length, 3],
  ] as const)("%s", async (_, effect, read, expected) => {
    const { ask, emulator } = setUpStripe();
    emulator.faults.add({ match: { kind: "list" }, effect });
    expect(read((await ask("GET", "/v1/customers", { limit: 3 })).body.data)).toBe(expected);
  });

  it("F29 the same page comes for ever", async () => {
    const { ask, emulator } = setUpStripe();
    emulator.faults.add({ match: { kind: "list" }, effect: { type: "repeatCursor" } });
    const one = (await ask("GET", "/v1/customers", { limit: 3 })).body;
    const last = one.data.at(-1).id;
    const two = (await ask("GET", "/v1/customers", { limit: 3, starting_after: last })).body;
    expect([two.data.at(-1).id, two.has_more]).toEqual([last, true]);
  });

  it.each([
    [503, undefined, "api_error"],
    [429, "stripe-rate-limited-reason", "invalid_request_error"],
  ])("F23 a %i has the vendor's own words", async (status, _, type) => {
    const { ask, emulator } = setUpStripe();
    emulator.faults.add({ times: 1, effect: { type: "status", status } });
    const answer = await ask("GET", "/v1/account");
    expect([answer.status, answer.body.error.type]).toEqual([status, type]);
  });

  it("a dead token and a dead grant", async () => {
    const { ask, emulator } = setUpStripe();
    emulator.faults.add({ times: 1, effect: { type: "expiredToken" } });
    expect((await ask("GET", "/v1/account")).body.error.code).toBe("api_key_expired");
    emulator.faults.add({ match: { kind: "token" }, times: 1, effect: { type: "invalidGrant" } });
    const answer = await stripeAsker(emulator, emulator.secretKeys.test)("POST", "/v1/oauth/token");
    expect([answer.status, answer.body.error]).toEqual([400, "invalid_grant"]);
    expect(lockTimeout().status).toBe(429);
  });
});

describe("search", () => {
  it("finds by fields and metadata, with signs and words between, page by page", async () => {
    const { ask, emulator } = setUpStripe();
    for (let n = 0; n < 12; n++)
      emulator.account.createCustomer({
        name: `Searched ${n}`,
        email: `s${n}@example.com`,
        metadata: { tier: n % 2 ? "b" : "a" },
      });
    const search = async (query: string, params: object = {}) =>
      (await ask("GET", "/v1/customers/search", { query, ...params })).body;
    expect((await search("email:'S3@example.com'")).data).toHaveLength(1);
    expect((await search("name~'searched' AND metadata['tier']:'a'")).data).toHaveLength(6);
    expect((await search("email:'s1@example.com' OR email:'s2@example.com'")).data).toHaveLength(2);
    expect((await search("name~'searched' AND -metadata['tier']:'a'")).data).toHaveLength(6);
    const one = await search("name~'searched'", { limit: 10 });
    const two = await search("name~'searched'", { limit: 10, page: one.next_page });
    expect([one.data.length, one.has_more, two.data.length, two.next_page]).toEqual([10, true, 2, null]);
    for (const bad of ["colour:'red'", "email", "email:'a' AND name:'b' OR name:'c'"])
      expect((await ask("GET", "/v1/customers/search", { query: bad })).body.error.param).toBe("query");
  });

  it("lags behind where that is switched on", async () => {
    const { ask, clock, emulator } = setUpStripe({ behaviour: { searchLagMs: 60_000 } });
    emulator.account.createCustomer({ email: "young@example.com" });
    const search = async () =>
      (await ask("GET", "/v1/customers/search", { query: "email:'young@example.com'" })).body.data.length;
    expect(await search()).toBe(0);
    await clock.advance(60_000);
    expect(await search()).toBe(1);
  });
});

describe("the emulator in a program", () => {
  it("answers as msw handlers for the vendor's hosts", async () => {
    const { emulator, key } = setUpStripe();
    for (const [url, status] of [
      ["https://api.stripe.com/v1/account", 200],
      ["https://marketplace.stripe.com/oauth/v2/authorize", 400],
      ["https://connect.stripe.com/oauth/authorize", 400],
    ] as const) {
      const request = new Request(url, { headers: { authorization: `Bearer ${key}` } });
      expect((await getResponse([...emulator.handlers], request))?.status).toBe(status);
    }
  });

  it("keeps a ledger without keys, and says what a full read costs at least", async () => {
    const { ask, emulator, key } = setUpStripe({ limits: { testPerSecond: 10 }, size: { customers: 250 } });
    const { id } = emulator.account.createCustomer({ name: "x" });
    await ask("POST", `/v1/customers/${id}`, { name: "y" }, { "idempotency-key": "k" });
    expect(emulator.ledger.requests.at(-1)).toMatchObject({
      kind: "update",
      objectType: "customer",
      subject: id,
      account: 1,
      status: 200,
      effect: { operation: "update", id, mark: "k" },
    });
    expect(JSON.stringify(emulator.ledger.requests)).not.toContain(key);
    const plan = emulator.theoretical({ kinds: ["customer"] });
    expect(plan).toMatchObject({
      requests: 4,
      byKind: { account: 1, "list customer": 3 },
      seconds: 0,
      perSecond: 10,
    });
    expect(emulator.theoretical().seconds).toBeGreaterThan(1);
    expect(emulator.theoretical().byKind).toMatchObject({ "list subscription_item": 1 });
  });

  it("is steered over HTTP where that is opened", async () => {
    const clock = manualClock();
    const emulator = stripeEmulator({
      seed: 5,
      clock,
      limits: "none",
      fetch: async () => new Response("ok"),
    });
    await using served = await serve(emulator, { control: true });
    const control = async (path: string, body?: object) => {
      const answer = await fetch(`${served.url}/_emulator/${path}`, {
        ...(body && { method: "POST", body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    const app = (await control("app")).body;
    expect(app).toMatchObject({ accountId: emulator.account.id, clientId: emulator.clientId, mode: "test" });
    const { key } = (await control("keys", { permissions: ["customer_read"] })).body;
    const read = await fetch(`${served.url}/v1/customers`, { headers: { authorization: `Bearer ${key}` } });
    expect(read.status).toBe(200);
    const hook = (await control("webhooks", { url: "https://halo.example.com/hook" })).body;
    expect(hook.secret).toMatch(/^whsec_/);
    const { id } = (await control("change/createCustomer", { args: [{ name: "Over HTTP" }] })).body;
    await emulator.webhooks.settled();
    const { attempts } = (await control("webhooks")).body;
    expect(attempts).toHaveLength(1);
    const { body: customers } = await control("snapshot/customer");
    expect(customers.find((one: { id: string }) => one.id === id).name).toBe("Over HTTP");
    expect((await control("digest")).body.customer.count).toBe(customers.length);
    expect((await control("theoretical")).body.requests).toBeGreaterThan(5);
    expect((await control("theoretical", { kinds: ["customer"] })).body.requests).toBe(2);
    expect((await control("mutate", { edits: 1 })).body.edited).toHaveLength(1);
    await control("behaviour", { refundStatus: "pending" });
    expect(emulator.behaviour.refundStatus).toBe("pending");
    await control("consent", { approve: false });
    expect(emulator.consent.approve).toBe(false);
    expect((await control("clock", { advanceMs: 5 })).body.now).toBe(clock.now());
    expect((await control("catchUp", {})).body).toEqual({ ok: true });
    expect((await control("uninstall", {})).status).toBe(200);
    expect((await control("snapshot/dragons")).status).toBe(400);
    expect((await control("change/explode", {})).status).toBe(400);
    expect((await control("app?account=acct_none")).status).toBe(404);
    expect((await control("ledger?summary&kind=list")).body).toEqual({ count: 1, byKind: { list: 1 } });
    emulator.close();
  });
});
