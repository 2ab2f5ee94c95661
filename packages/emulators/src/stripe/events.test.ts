import { describe, expect, it } from "vitest";
import { setUpStripe } from "../../test/stripe-requests.ts";

const DAY = 86_400_000;

const set = (options = {}) => {
  const made = setUpStripe(options);
  const events = async (params: object = {}) =>
    (await made.ask("GET", "/v1/events", { limit: 100, ...params })).body.data;
  const types = async (params: object = {}) =>
    (await events(params)).map((one: { type: string }) => one.type);
  return { ...made, events, types };
};

describe("events", () => {
  it("hold the object as it was, what was there before, and who asked", async () => {
    const { ask, emulator, events } = set();
    const { body } = await ask("POST", "/v1/customers", { name: "One" }, { "idempotency-key": "k" });
    await ask("POST", `/v1/customers/${body.id}`, { name: "Two", "metadata[a]": "b" });
    emulator.account.updateCustomer(body.id, { name: "Three" });
    const [third, second, first] = await events();
    expect(first).toMatchObject({
      object: "event",
      type: "customer.created",
      api_version: "2026-10-28.endive",
      livemode: false,
      pending_webhooks: 0,
      request: { idempotency_key: "k", id: expect.stringMatching(/^req_/) },
      data: { object: { id: body.id, name: "One" } },
    });
    expect(first.data.previous_attributes).toBeUndefined();
    expect(second.data).toMatchObject({
      object: { name: "Two" },
      previous_attributes: { name: "One", metadata: {} },
    });
    expect(third).toMatchObject({
      request: { id: null, idempotency_key: null },
      data: { object: { name: "Three" } },
    });
  });

  it("tell nothing where nothing changed", async () => {
    const { ask, emulator, types } = set();
    const { id } = emulator.account.createCustomer({ name: "One" });
    await ask("POST", `/v1/customers/${id}`, { name: "One" });
    expect(await types()).toEqual(["customer.created"]);
  });

  it("of one second keep their order, newest first", async () => {
    const { emulator, events, types } = set();
    const { id } = emulator.account.createCustomer({ name: "One" });
    for (const name of ["Two", "Three"]) emulator.account.updateCustomer(id, { name });
    emulator.account.deleteCustomer(id);
    expect(await types()).toEqual([
      "customer.deleted",
      "customer.updated",
      "customer.updated",
      "customer.created",
    ]);
    expect(new Set((await events()).map((one: { created: number }) => one.created)).size).toBe(1);
  });

  it("cut the lists inside their objects", async () => {
    const { emulator, events, first } = set();
    const items = emulator.account.book.tables.subscription_item;
    const many = first("subscription", (row) => (items.by("subscription", String(row.id))?.length ?? 0) > 10);
    emulator.account.updateSubscription(many.id, { fields: { description: "x" } });
    const [{ data }] = await events();
    expect([data.object.items.data.length, data.object.items.has_more]).toEqual([10, true]);
    expect(data.previous_attributes).toEqual({ description: null });
  });

  it("filter by type, by several, by a star, and by creation", async () => {
    const { clock, emulator, types } = set();
    const { id } = emulator.account.createCustomer({ name: "One" });
    await clock.advance(10_000);
    emulator.account.updateCustomer(id, { name: "Two" });
    emulator.account.createProduct({ name: "P" });
    expect(await types({ type: "customer.updated" })).toEqual(["customer.updated"]);
    expect(await types({ type: "customer.*" })).toEqual(["customer.updated", "customer.created"]);
    expect(await types({ "types[]": "product.created" })).toEqual(["product.created"]);
    expect(await types({ "created[gte]": Math.floor(clock.now() / 1_000) })).toEqual([
      "product.created",
      "customer.updated",
    ]);
  });

  it("refuse both ways of naming types, and more than 20", async () => {
    const { ask } = set();
    const both = await ask("GET", "/v1/events", { type: "a", "types[]": "b" });
    expect([both.status, both.body.error.code]).toEqual([400, "parameters_exclusive"]);
    const many = Object.fromEntries(
      Array.from({ length: 21 }, (_, n) => [`types[${n}]`, "customer.created"]),
    );
    expect((await ask("GET", "/v1/events", many)).body.error.param).toBe("types");
  });

  it("F34 are gone after thirty days", async () => {
    const { ask, clock, emulator, events } = set();
    emulator.account.createCustomer({ name: "One" });
    const type = "customer.created";
    const [{ id }] = await events({ type });
    await clock.advance(30 * DAY - 1_000);
    expect(await events({ type })).toHaveLength(1);
    expect((await ask("GET", `/v1/events/${id}`)).status).toBe(200);
    await clock.advance(1_000);
    expect(await events({ type })).toEqual([]);
    expect((await ask("GET", `/v1/events/${id}`)).body.error.code).toBe("resource_missing");
  });

  it("are made in the account's own version, whatever the reader's is", async () => {
    const { ask, emulator, first } = set({ apiVersion: "2024-06-20" });
    const { id } = first("subscription", (row) => row.status === "active");
    emulator.account.updateSubscription(id, { fields: { description: "x" } });
    const version = { "stripe-version": "2026-10-28.endive" };
    const { body } = await ask("GET", "/v1/events", {}, version);
    const { object } = body.data[0].data;
    expect([body.data[0].api_version, typeof object.current_period_end]).toEqual(["2024-06-20", "number"]);
  });

  it("of a failed payment tell charge, intent, invoice and subscription", async () => {
    const { ask, emulator, first, types } = set();
    const { id } = first("subscription", (row) => row.status === "active" && row.pause_collection === null);
    const { account } = emulator;
    const { customer, currency } = account.book.need("subscription", id);
    const invoice = account.createInvoice({
      customer: String(customer),
      amount: 700,
      currency: String(currency),
    });
    Object.assign(account.book.need("invoice", invoice.id), {
      parent: {
        quote_details: null,
        subscription_details: { metadata: {}, subscription: id },
        type: "subscription_details",
      },
    });
    account.failInvoice(invoice.id);
    expect((await ask("GET", `/v1/subscriptions/${id}`)).body.status).toBe("past_due");
    expect((await types()).filter((type: string) => !type.startsWith("customer.u")).reverse()).toEqual([
      ..."invoice.created invoice.finalized payment_intent.created charge.failed".split(" "),
      ..."payment_intent.payment_failed invoice.updated invoice.payment_failed".split(" "),
      "customer.subscription.updated",
    ]);
    account.payInvoice(invoice.id);
    expect((await ask("GET", `/v1/subscriptions/${id}`)).body.status).toBe("active");
  });
});
