import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";

const ids = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map(({ id }) => id);

describe("lists", () => {
  it("come newest first, ten at a time unless told, and say where they are", async () => {
    const { ask, emulator } = setUpStripe();
    const { body } = await ask("GET", "/v1/customers");
    expect(body).toMatchObject({ object: "list", has_more: true, url: "/v1/customers" });
    const rows = emulator.account.book.tables.customer.rows.filter((row) => row.name !== "Gone Away");
    expect(ids({ body })).toEqual(
      rows
        .slice(-10)
        .reverse()
        .map(({ id }) => id),
    );
    const created = body.data.map((one: { created: number }) => one.created);
    expect(created).toEqual([...created].sort((a, b) => b - a));
  });

  it("F30 walk forwards and back over objects of one second without a gap or a repeat", async () => {
    const { ask, emulator } = setUpStripe();
    for (let n = 0; n < 7; n++) emulator.account.createCustomer({ name: `Same second ${n}` });
    const whole = ids(await ask("GET", "/v1/customers", { limit: 100 }));
    const seen: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await ask("GET", "/v1/customers", { limit: 3, ...(after && { starting_after: after }) });
      seen.push(...ids(page));
      after = seen.at(-1);
      more = page.body.has_more;
    }
    expect(seen).toEqual(whole);
    const back = await ask("GET", "/v1/customers", { limit: 3, ending_before: whole[9] ?? "" });
    expect([ids(back), back.body.has_more]).toEqual([whole.slice(6, 9), true]);
    const top = await ask("GET", "/v1/customers", { limit: 9, ending_before: whole[2] ?? "" });
    expect([ids(top), top.body.has_more]).toEqual([whole.slice(0, 2), false]);
  });

  it("a cursor stays good when its object is deleted", async () => {
    const { ask, emulator } = setUpStripe();
    const whole = ids(await ask("GET", "/v1/customers", { limit: 6 }));
    emulator.account.deleteCustomer(whole[2] ?? "");
    const rest = await ask("GET", "/v1/customers", { limit: 3, starting_after: whole[2] ?? "" });
    expect(ids(rest)).toEqual(whole.slice(3, 6));
  });

  it.each([
    ["a limit of 0", { limit: 0 }, "limit"],
    ["a limit of 101", { limit: 101 }, "limit"],
    ["a limit that is no number", { limit: "many" }, "limit"],
    ["both cursors", { starting_after: "a", ending_before: "b" }, "starting_after"],
    ["a cursor that is nobody", { starting_after: "cus_none" }, "starting_after"],
    ["a name that the list does not know", { colour: "red" }, "colour"],
    ["a bound that there is not", { "created[after]": 1 }, "created[after]"],
    ["a moment that is no number", { "created[gte]": "soon" }, "created[gte]"],
  ])("refuse %s", async (_, params, param) => {
    const { ask } = setUpStripe();
    const { body, headers, status } = await ask("GET", "/v1/customers", params);
    expect([status, body.error.type, body.error.param]).toEqual([400, "invalid_request_error", param]);
    expect(body.error.request_log_url).toContain(headers.get("request-id"));
  });

  it("filter by creation, on either side and exactly", async () => {
    const { ask, emulator } = setUpStripe();
    const rows = [...emulator.snapshot().objects.customer.values()];
    const at = Number(rows[20]?.created);
    const count = async (bound: string) =>
      (await ask("GET", "/v1/customers", { limit: 100, [bound]: at })).body.data.length;
    const expected = (fits: (created: number) => boolean) =>
      rows.filter((row) => fits(Number(row.created))).length;
    expect(await count("created[gte]")).toBe(expected((created) => created >= at));
    expect(await count("created[gt]")).toBe(expected((created) => created > at));
    expect(await count("created[lte]")).toBe(expected((created) => created <= at));
    expect(await count("created[lt]")).toBe(expected((created) => created < at));
    expect(await count("created")).toBe(expected((created) => created === at));
  });

  it("of subscriptions leave out the canceled ones unless every status is asked for", async () => {
    const { ask, emulator } = setUpStripe();
    const statuses = async (params: object) => {
      const { body } = await ask("GET", "/v1/subscriptions", { limit: 100, ...params });
      return new Set(body.data.map((one: { status: string }) => one.status));
    };
    const every = new Set([...emulator.snapshot().objects.subscription.values()].map((row) => row.status));
    expect(every.size).toBe(8);
    expect(await statuses({ status: "all" })).toEqual(every);
    expect((await statuses({})).has("canceled")).toBe(false);
    expect(await statuses({ status: "canceled" })).toEqual(new Set(["canceled"]));
    expect(await statuses({ status: "ended" })).toEqual(new Set(["canceled", "incomplete_expired"]));
    expect((await ask("GET", "/v1/subscriptions", { status: "gone" })).status).toBe(400);
  });

  it("of subscriptions filter by customer, price and the period of an item", async () => {
    const { ask, first } = setUpStripe();
    const { customer, id } = first("subscription", (row) => row.status === "active");
    const item = first("subscription_item", (row) => row.subscription === id);
    const list = async (params: object) =>
      ids(await ask("GET", "/v1/subscriptions", { limit: 100, ...params }));
    expect(await list({ customer: String(customer) })).toEqual([id]);
    expect(await list({ price: String(item.price) })).toContain(id);
    const end = Number(item.current_period_end);
    expect(await list({ "current_period_end[gte]": end, "current_period_end[lte]": end })).toContain(id);
    expect(await list({ "current_period_end[gt]": end + 10 * 365 * 86_400 })).toEqual([]);
  });

  it("of invoices filter by their subscription, and payments of invoices by what paid them", async () => {
    const { ask, first } = setUpStripe();
    const paid = first("invoice_payment", (row) => row.status === "paid");
    const intent = (paid.payment as { payment_intent: string }).payment_intent;
    const by = { "payment[type]": "payment_intent", "payment[payment_intent]": intent };
    expect(ids(await ask("GET", "/v1/invoice_payments", by))).toEqual([paid.id]);
    const invoice = first("invoice", (row) => row.id === paid.invoice);
    const { subscription_details } = invoice.parent as { subscription_details: { subscription: string } };
    const { subscription } = subscription_details;
    const billed = await ask("GET", "/v1/invoices", { subscription, limit: 100 });
    expect(ids(billed)).toContain(invoice.id);
    for (const { parent } of billed.body.data)
      expect(parent.subscription_details.subscription).toBe(subscription);
  });
});

describe("expansion", () => {
  it("puts objects in place of ids, to four levels", async () => {
    const { ask, first } = setUpStripe();
    const { id } = first("subscription", (row) => row.status === "active");
    const { body } = await ask("GET", `/v1/subscriptions/${id}`, {
      "expand[]": "items.data.price.product",
    });
    expect(body.items.data[0].price.product).toMatchObject({ object: "product" });
    const deep = await ask("GET", "/v1/invoice_payments", {
      "expand[]": "data.payment.payment_intent.customer",
      limit: 1,
    });
    expect(deep.body.data[0].payment.payment_intent.customer).toMatchObject({ object: "customer" });
    const deeper = await ask("GET", "/v1/invoices", {
      "expand[]": "data.parent.subscription_details.subscription.customer",
    });
    expect([deeper.status, deeper.body.error.message]).toEqual([
      400,
      expect.stringMatching(/more than 4 levels/),
    ]);
  });

  it.each([
    ["/v1/subscriptions", "data.metadata"],
    ["/v1/subscriptions", "customer"],
    ["/v1/customers", "data.subscriptions.customer"],
    ["/v1/invoices", "data.parent"],
  ])("of %s by %s is refused", async (path, expand) => {
    const { ask } = setUpStripe();
    const { body, status } = await ask("GET", path, { "expand[0]": expand });
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(/cannot be expanded/)]);
  });

  it("of a customer brings the subscriptions that have not ended", async () => {
    const { ask, first } = setUpStripe();
    const over = first("subscription", (row) => row.status === "canceled");
    const runs = first("subscription", (row) => row.status === "active");
    for (const [one, count] of [
      [over, 0],
      [runs, 1],
    ] as const) {
      const { body } = await ask("GET", `/v1/customers/${one.customer}`, { "expand[]": "subscriptions" });
      expect(body.subscriptions.data).toHaveLength(count);
    }
  });
});

describe("one object", () => {
  it("that was deleted says so, one that never was is missing, one of the other mode is named", async () => {
    const { ask, emulator } = setUpStripe();
    const { id } = emulator.account.createCustomer({ name: "x" });
    emulator.account.deleteCustomer(id);
    expect((await ask("GET", `/v1/customers/${id}`)).body).toEqual({ id, object: "customer", deleted: true });
    const missing = await ask("GET", "/v1/customers/cus_none");
    expect([missing.status, missing.body.error]).toEqual([
      404,
      expect.objectContaining({
        code: "resource_missing",
        doc_url: "https://stripe.com/docs/error-codes/resource-missing",
        message: "No such customer: 'cus_none'",
        param: "id",
        type: "invalid_request_error",
      }),
    ]);
    const [live = ""] = emulator.snapshot({ mode: "live" }).objects.customer.keys();
    const { body } = await ask("GET", `/v1/customers/${live}`);
    expect(body.error.message).toMatch(/similar object exists in live mode, but a test mode key/);
  });

  it("that nobody knows the address of is no address", async () => {
    const { ask } = setUpStripe();
    const { body, status } = await ask("GET", "/v1/nothing");
    expect([status, body.error.message]).toEqual([
      404,
      expect.stringMatching(/Unrecognized request URL \(GET: /),
    ]);
    expect((await ask("POST", "/v1/invoices/in_1/lines")).status).toBe(404);
  });
});

describe("versions", () => {
  it("without one the account's default is served, which may be an old one", async () => {
    const { ask, first } = setUpStripe({ apiVersion: "2024-06-20" });
    const { id } = first("subscription", (row) => row.status === "active");
    const old = (await ask("GET", `/v1/subscriptions/${id}`)).body;
    expect(old.current_period_end).toEqual(expect.any(Number));
    expect(old.items.data[0].current_period_end).toBeUndefined();
    const version = { "stripe-version": "2026-10-28.endive" };
    const young = await ask("GET", `/v1/subscriptions/${id}`, {}, version);
    expect(young.body.current_period_end).toBeUndefined();
    expect(young.body.items.data[0].current_period_end).toBe(old.current_period_end);
    expect(young.headers.get("stripe-version")).toBe("2026-10-28.endive");
    const invoice = (await ask("GET", "/v1/invoices", { limit: 1 })).body.data[0];
    expect(invoice.parent).toBeUndefined();
    expect(invoice.subscription).toMatch(/^sub_/);
  });
});

describe("test and live mode", () => {
  it("have nothing in common but the account", async () => {
    const { ask, emulator } = setUpStripe();
    const live = stripeAsker(emulator, emulator.issueKey({ mode: "live" }));
    const [one, other] = [
      await ask("GET", "/v1/customers", { limit: 100 }),
      await live("GET", "/v1/customers", { limit: 100 }),
    ];
    expect(ids(one).filter((id) => ids(other).includes(id))).toEqual([]);
    expect(new Set(one.body.data.map((row: { livemode: boolean }) => row.livemode))).toEqual(
      new Set([false]),
    );
    expect(new Set(other.body.data.map((row: { livemode: boolean }) => row.livemode))).toEqual(
      new Set([true]),
    );
    expect((await live("GET", "/v1/account")).body.id).toBe((await ask("GET", "/v1/account")).body.id);
  });
});
