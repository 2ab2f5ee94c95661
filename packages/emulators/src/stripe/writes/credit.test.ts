import { describe, expect, it } from "vitest";
import { setUpStripe } from "../../../test/stripe-requests.ts";

const set = () => {
  const made = setUpStripe();
  const { account } = made.emulator;
  const customer = account.createCustomer({ name: "Ada", email: "ada@example.com" });
  const adjust = (params: object) =>
    made.ask("POST", `/v1/customers/${customer.id}/balance_transactions`, { currency: "usd", ...params });
  const bill = (amount = 5_000) => account.createInvoice({ customer: customer.id, amount, currency: "usd" });
  const read = async (path: string) => (await made.ask("GET", path)).body;
  return { ...made, account, customer, adjust, bill, read };
};

describe("a customer's balance", () => {
  it("moves by signed amounts, keeps its currency, and shows each move", async () => {
    const { adjust, ask, customer, read } = set();
    const one = await adjust({ amount: -500, description: "Sorry", "metadata[a]": "b" });
    expect(one.body).toMatchObject({
      amount: -500,
      ending_balance: -500,
      type: "adjustment",
      metadata: { a: "b" },
    });
    expect((await adjust({ amount: 200 })).body.ending_balance).toBe(-300);
    expect(await read(`/v1/customers/${customer.id}`)).toMatchObject({ balance: -300, currency: "usd" });
    const { body } = await ask("GET", `/v1/customers/${customer.id}/balance_transactions`);
    expect(body.data.map((row: { amount: number }) => row.amount)).toEqual([200, -500]);
    const events = await ask("GET", "/v1/events", { type: "customer.updated" });
    expect(events.body.data[0].data.previous_attributes).toEqual({ balance: -500 });
  });

  it.each([
    ["nothing", { amount: 0 }, "amount"],
    ["a fraction", { amount: "0.5" }, "amount"],
    ["no amount", {}, "amount"],
    ["another currency than the customer's", { amount: -5, currency: "eur" }, "currency"],
    ["a currency that is none", { amount: -5, currency: "dollars" }, "currency"],
    ["an empty currency", { amount: -5, currency: "" }, "currency"],
  ])("is not moved by %s", async (_, params, param) => {
    const { adjust, customer, read } = set();
    await adjust({ amount: -100 });
    const { body, status } = await adjust(params);
    expect([status, body.error.param]).toEqual([400, param]);
    expect((await read(`/v1/customers/${customer.id}`)).balance).toBe(-100);
  });

  it("is taken off the next invoice", async () => {
    const { account, adjust, bill, customer, read } = set();
    await adjust({ amount: -6_000 });
    const { id } = bill();
    account.payInvoice(id);
    expect(await read(`/v1/invoices/${id}`)).toMatchObject({
      total: 5_000,
      amount_due: 0,
      amount_paid: 0,
      starting_balance: -6_000,
      ending_balance: -1_000,
      status: "paid",
    });
    expect((await read(`/v1/customers/${customer.id}`)).balance).toBe(-1_000);
  });

  it("of a deleted customer is gone with them", async () => {
    const { account, adjust, customer } = set();
    account.deleteCustomer(customer.id);
    expect((await adjust({ amount: -5 })).status).toBe(404);
  });
});

describe("a credit note", () => {
  it("lowers an open invoice first, and closes it when nothing is left", async () => {
    const { account, ask, bill, read } = set();
    const { id } = account.finalizeInvoice(bill().id);
    const note = await ask("POST", "/v1/credit_notes", {
      invoice: id,
      amount: 2_000,
      reason: "order_change",
    });
    expect(note.body).toMatchObject({
      type: "pre_payment",
      pre_payment_amount: 2_000,
      post_payment_amount: 0,
    });
    expect(await read(`/v1/invoices/${id}`)).toMatchObject({ amount_remaining: 3_000, status: "open" });
    await ask("POST", `/v1/credit_notes/${note.body.id}/void`);
    expect(await read(`/v1/invoices/${id}`)).toMatchObject({
      amount_remaining: 5_000,
      pre_payment_credit_notes_amount: 0,
    });
    expect((await ask("POST", `/v1/credit_notes/${note.body.id}/void`)).status).toBe(400);
    await ask("POST", "/v1/credit_notes", { invoice: id, amount: 5_000 });
    expect((await read(`/v1/invoices/${id}`)).status).toBe("paid");
  });

  it("on a paid one is split over card, balance and elsewhere, to the last cent", async () => {
    const { account, ask, bill, customer, read } = set();
    const { id } = account.payInvoice(bill().id);
    const params = { invoice: id, amount: 1_000, refund_amount: 600, credit_amount: 300 };
    const short = await ask("POST", "/v1/credit_notes", params);
    expect([short.status, short.body.error.message]).toEqual([400, expect.stringContaining("must equal")]);
    expect((await read(`/v1/customers/${customer.id}`)).balance).toBe(0);
    const preview = await ask("GET", "/v1/credit_notes/preview", { ...params, out_of_band_amount: 100 });
    expect(preview.body).toMatchObject({ pre_payment_amount: 0, post_payment_amount: 1_000 });
    const { body } = await ask("POST", "/v1/credit_notes", {
      ...params,
      out_of_band_amount: 100,
      memo: "Sorry",
    });
    expect(body).toMatchObject({ type: "post_payment", out_of_band_amount: 100, memo: "Sorry" });
    expect(body.refunds[0].amount_refunded).toBe(600);
    expect((await read(`/v1/refunds/${body.refunds[0].refund}`)).amount).toBe(600);
    expect((await read(`/v1/customers/${customer.id}`)).balance).toBe(-300);
    expect((await ask("POST", `/v1/credit_notes/${body.id}/void`)).status).toBe(400);
    expect(await read(`/v1/invoices/${id}`)).toMatchObject({ post_payment_credit_notes_amount: 1_000 });
  });

  it.each([
    ["of nothing", { amount: 0 }],
    ["without an amount", {}],
    ["of more than the invoice", { amount: 5_001, credit_amount: 5_001 }],
    ["for an unknown reason", { amount: 5, credit_amount: 5, reason: "mood" }],
  ])("%s is refused", async (_, params) => {
    const { account, ask, bill } = set();
    const { id } = account.payInvoice(bill().id);
    expect((await ask("POST", "/v1/credit_notes", { invoice: id, ...params })).status).toBe(400);
    expect((await ask("GET", "/v1/credit_notes", { invoice: id })).body.data).toEqual([]);
  });

  it("is for open and paid invoices only", async () => {
    const { account, ask, bill } = set();
    const draft = bill();
    const voided = account.voidInvoice(account.finalizeInvoice(bill().id).id);
    for (const { id } of [draft, voided])
      expect((await ask("POST", "/v1/credit_notes", { invoice: id, amount: 5 })).body.error.param).toBe(
        "invoice",
      );
    expect((await ask("POST", "/v1/credit_notes", { invoice: "in_none", amount: 5 })).status).toBe(404);
  });
});
