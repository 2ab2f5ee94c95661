import { describe, expect, it } from "vitest";
import { setUpStripe } from "../../../test/stripe-requests.ts";

const DAY = 86_400;

const set = (status = "active", options = {}) => {
  const made = setUpStripe(options);
  const fits = (row: Readonly<Record<string, unknown>>) =>
    row.status === status && !row.cancel_at_period_end && row.pause_collection === null;
  const { id } = made.first("subscription", fits);
  const now = () => Math.floor(made.clock.now() / 1_000);
  const update = (params: object) => made.ask("POST", `/v1/subscriptions/${id}`, { ...params });
  const read = async () => (await made.ask("GET", `/v1/subscriptions/${id}`)).body;
  const cancel = (params: object = {}) => made.ask("DELETE", `/v1/subscriptions/${id}`, { ...params });
  const types = async () =>
    (await made.ask("GET", "/v1/events", { limit: 100 })).body.data
      .map((one: { type: string }) => one.type)
      .reverse();
  return { ...made, id, now, update, read, cancel, types };
};

describe("canceling", () => {
  it("ends a subscription for ever, and its open invoices are collected no more", async () => {
    const { ask, cancel, id, now, types } = set("past_due");
    const { body, status } = await cancel({
      "cancellation_details[comment]": "Bye",
      "cancellation_details[feedback]": "unused",
    });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        status: "canceled",
        canceled_at: now(),
        ended_at: now(),
        cancellation_details: {
          comment: "Bye",
          feedback: "unused",
          feedback_option: null,
          reason: "cancellation_requested",
        },
      }),
    ]);
    const invoices = (await ask("GET", "/v1/invoices", { subscription: id, status: "open" })).body.data;
    expect(invoices.map((one: { next_payment_attempt: unknown }) => one.next_payment_attempt)).toEqual([
      null,
    ]);
    expect(await types()).toEqual(["customer.subscription.deleted", "invoice.updated"]);
  });

  it.each([
    ["missing", 404, "resource_missing"],
    ["refused", 400, "invalid_canceled_subscription_fields"],
  ] as const)("a canceled one is %s", async (cancelCanceled, status, code) => {
    const { cancel, types } = set("canceled", { behaviour: { cancelCanceled } });
    const answer = await cancel();
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await types()).toEqual([]);
  });

  it("at the end of the period comes by itself when the clock gets there", async () => {
    const { clock, now, read, types, update } = set();
    const { body } = await update({ cancel_at_period_end: true });
    const end = body.items.data[0].current_period_end;
    expect(body).toMatchObject({
      status: "active",
      cancel_at: end,
      canceled_at: now(),
      cancel_at_period_end: true,
    });
    await clock.advance((end - now()) * 1_000 - 1_000);
    expect((await read()).status).toBe("active");
    await clock.advance(1_000);
    expect(await read()).toMatchObject({ status: "canceled", ended_at: end });
    expect((await types()).at(-1)).toBe("customer.subscription.deleted");
  });

  it("at a moment of one's choice, which must lie ahead, and can be taken back", async () => {
    const { now, update } = set();
    const at = now() + 5 * DAY;
    expect((await update({ cancel_at: at })).body).toMatchObject({
      cancel_at: at,
      cancel_at_period_end: false,
    });
    expect((await update({ cancel_at: "" })).body).toMatchObject({ cancel_at: null, canceled_at: null });
    expect((await update({ cancel_at: now() })).body.error.param).toBe("cancel_at");
    const both = await update({ cancel_at: at, cancel_at_period_end: true });
    expect(both.body.error.code).toBe("parameters_exclusive");
  });

  it("an ended one takes metadata and details, and nothing else", async () => {
    const { read, update } = set("canceled");
    for (const params of [
      { cancel_at_period_end: true },
      { trial_end: "now" },
      { cancel_at: "" },
      { description: "x" },
      { "pause_collection[behavior]": "void" },
    ]) {
      const { body, status } = await update(params);
      expect([status, body.error.code]).toEqual([400, "invalid_canceled_subscription_fields"]);
    }
    await update({ "metadata[a]": "b", "cancellation_details[comment]": "later" });
    expect(await read()).toMatchObject({ metadata: { a: "b" }, cancellation_details: { comment: "later" } });
  });
});

describe("trials", () => {
  it("are made longer, and the periods of all items with them", async () => {
    const { now, read, types, update } = set("trialing");
    const before = await read();
    const until = now() + 60 * DAY;
    const { body } = await update({ trial_end: until, proration_behavior: "none" });
    expect(body).toMatchObject({
      status: "trialing",
      trial_start: before.trial_start,
      trial_end: until,
      billing_cycle_anchor: until,
    });
    expect(body.items.data[0].current_period_end).toBe(until);
    expect(await types()).toEqual(["customer.subscription.updated"]);
  });

  it("an active one goes on trial again; what it paid is credited unless that is declined", async () => {
    for (const [proration_behavior, credited] of [
      ["none", false],
      ["create_prorations", true],
    ] as const) {
      const { ask, now, read, update } = set();
      const { customer } = await read();
      const { balance } = (await ask("GET", `/v1/customers/${customer}`)).body;
      const { body } = await update({ trial_end: now() + 10 * DAY, proration_behavior });
      expect(body).toMatchObject({ status: "trialing", trial_start: now() });
      const after = (await ask("GET", `/v1/customers/${customer}`)).body.balance;
      expect(after < balance).toBe(credited);
      const invoice = (await ask("GET", `/v1/invoices/${body.latest_invoice}`)).body;
      expect([invoice.total, invoice.billing_reason]).toEqual([0, "subscription_update"]);
    }
  });

  it.each([
    ["in the past", -1],
    ["now as a moment", 0],
    ["beyond two years", 731 * DAY + 30 * DAY],
  ])("that end %s are refused", async (_, offset) => {
    const { now, read, update } = set("trialing");
    const before = await read();
    const { body, status } = await update({ trial_end: now() + offset });
    expect([status, body.error.param]).toEqual([400, "trial_end"]);
    expect(await read()).toEqual(before);
  });

  it("end by the clock, after a warning three days before, and are billed", async () => {
    const { ask, clock, emulator, first, now } = set();
    const customer = emulator.account.createCustomer({ name: "Trial", email: "trial@example.com" });
    const price = first("price", (row) => row.currency === "usd" && row.unit_amount === 1_900);
    const made = emulator.account.createSubscription({
      customer: customer.id,
      prices: [{ price: price.id }],
      trialDays: 7,
    });
    const began = now();
    await clock.advance(8 * DAY * 1_000);
    const { body } = await ask("GET", `/v1/subscriptions/${made.id}`);
    expect(body).toMatchObject({ status: "active", trial_end: began + 7 * DAY });
    const events = (await ask("GET", "/v1/events", { limit: 100 })).body.data.filter(
      (one: { data: { object: { id: string; subscription?: string } } }) => one.data.object.id === made.id,
    );
    expect(
      events.map((one: { type: string; created: number }) => [one.type, (one.created - began) / DAY]),
    ).toEqual(
      expect.arrayContaining([
        ["customer.subscription.trial_will_end", 4],
        ["customer.subscription.updated", 7],
      ]),
    );
    const invoice = (await ask("GET", `/v1/invoices/${body.latest_invoice}`)).body;
    expect(invoice).toMatchObject({ total: 1_900, status: "paid", created: began + 7 * DAY });
  });

  it.each([
    ["cancel", "canceled", "customer.subscription.deleted"],
    ["pause", "paused", "customer.subscription.paused"],
  ])("without means to pay they %s where the settings say so", async (behaviour, status, type) => {
    const { ask, read, types, update } = set("trialing");
    await update({ "trial_settings[end_behavior][missing_payment_method]": behaviour });
    await update({ trial_end: "now" });
    expect((await read()).status).toBe(status);
    expect((await types()).at(-1)).toBe(type);
    expect((await ask("GET", "/v1/invoices", { limit: 1 })).status).toBe(200);
  });
});

describe("pauses", () => {
  it("of collection leave drafts, and end by the clock", async () => {
    const { clock, now, read, update } = set();
    const resumes_at = now() + DAY;
    const { body } = await update({
      "pause_collection[behavior]": "void",
      "pause_collection[resumes_at]": resumes_at,
    });
    expect([body.status, body.pause_collection]).toEqual(["active", { behavior: "void", resumes_at }]);
    await clock.advance(DAY * 1_000);
    expect((await read()).pause_collection).toBeNull();
    expect((await update({ "pause_collection[behavior]": "sometimes" })).status).toBe(400);
    expect((await update({ "pause_collection[resumes_at]": resumes_at })).body.error.param).toBe(
      "pause_collection[behavior]",
    );
  });

  it("of the subscription itself are ended by resuming it", async () => {
    const { ask, id, types } = set();
    const paused = await ask("POST", `/v1/subscriptions/${id}/pause`);
    expect(paused.body).toMatchObject({
      status: "paused",
      status_details: { paused: { type: "subscription" } },
    });
    expect((await ask("POST", `/v1/subscriptions/${id}/pause`)).status).toBe(400);
    const { body } = await ask("POST", `/v1/subscriptions/${id}/resume`);
    expect([body.status, body.status_details]).toEqual(["active", undefined]);
    expect((await ask("POST", `/v1/subscriptions/${id}/resume`)).status).toBe(400);
    expect((await types()).filter((type: string) => /paused|resumed/.test(type))).toEqual([
      "customer.subscription.paused",
      "customer.subscription.resumed",
    ]);
  });
});

describe("periods", () => {
  it("follow each other by the clock only where that is switched on", async () => {
    for (const renewals of [false, true]) {
      const { ask, clock, id, now, read } = set("active", { behaviour: { renewals } });
      const { current_period_end: end } = (await read()).items.data[0];
      await clock.advance((end - now()) * 1_000);
      const after = await read();
      expect(after.items.data[0].current_period_start === end).toBe(renewals);
      const [latest] = (await ask("GET", "/v1/invoices", { subscription: id, limit: 1 })).body.data;
      expect(latest.created === end).toBe(renewals);
      if (renewals) expect(latest).toMatchObject({ status: "paid", billing_reason: "subscription_cycle" });
    }
  });
});
