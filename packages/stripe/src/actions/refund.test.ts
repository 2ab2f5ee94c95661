import { describe, expect, it } from "vitest";
import { actionWorld } from "../../test/action-world.ts";
import { refund } from "./index.ts";

const input = (payment: string, more: object = {}) => ({ payment, amount: 1_250, currency: "eur", ...more });
const invalid = (path: string, reason?: string) => ({
  code: "input_invalid",
  path,
  ...(reason && { reason: expect.stringContaining(reason) }),
});

async function world() {
  const made = actionWorld();
  await made.arrive();
  return made;
}

describe("refund", () => {
  it.each(["intent", "charge"] as const)(
    "gives back part of a payment that is named by its %s",
    async (by) => {
      const { effects, payment, run } = await world();
      const outcome = await run(refund, input(payment[by]));
      expect(outcome).toMatchObject({
        status: "succeeded",
        output: { payment: payment[by], amount: 1_250, currency: "eur", status: "succeeded" },
      });
      expect(effects()).toMatchObject([{ objectType: "refund", operation: "create" }]);
    },
  );

  it("puts before a person what it is of whose, how much was given back before, and why", async () => {
    const { ada, merchant, payment, review } = await world();
    merchant.refund(payment.charge, { amount: 500 });
    const seen = await review(refund as never, input(payment.intent, { why: "Paid twice" }));
    expect(seen).toEqual({
      preview: {
        summary: "Refunds 12.50 EUR of 50.00 EUR paid by ada@example.com.",
        changes: [
          { field: "refunded", from: "5.00 EUR", to: "17.50 EUR" },
          { field: "payment", to: payment.intent },
          { field: "customer", to: ada.id },
          { field: "reason", to: "requested_by_customer" },
          { field: "why", to: "Paid twice" },
        ],
      },
      money: { amountMinor: 1_250, currency: "eur", digits: 2 },
      customer: ada.id,
      state: { charge: payment.charge, status: "succeeded", refundable: 4_500 },
      livemode: false,
    });
  });

  it.each([
    ["zero", { amount: 0 }, "amount"],
    ["negative", { amount: -1 }, "amount"],
    ["a float", { amount: 12.5 }, "amount"],
    ["2^53", { amount: 2 ** 53 }, "amount"],
    ["far beyond 2^53", { amount: 1e300 }, "amount"],
    ["a text", { amount: "1250" }, "amount"],
    ["missing", { amount: undefined }, "amount"],
    ["in no currency", { currency: "euro" }, "currency"],
    ["for a reason that Stripe has not", { reason: "because" }, "reason"],
    ["of a path for an id", { payment: "pi_1/../../customers" }, "payment"],
    ["of what is no payment", { payment: "cus_1" }, "payment"],
    ["with words that nobody knows", { approved_by: "me" }, "approved_by"],
  ])("T42 an amount that is %s is refused before anything is asked", async (_, change, path) => {
    const { emulator, payment, run } = await world();
    await expect(run(refund, input(payment.intent, change))).rejects.toMatchObject(invalid(path));
    expect(emulator.ledger.count()).toBe(0);
  });

  it("T42 takes whole minor units alone, whatever a number looks like", async () => {
    const seed = Math.floor(Math.random() * 1e9);
    let state = seed;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    for (let turn = 0; turn < 20_000; turn++) {
      const amount = (random() - 0.2) * 10 ** Math.floor(random() * 22) * (random() < 0.5 ? 1 : 0.001);
      const rounded = random() < 0.5 ? Math.round(amount) : amount;
      const right = Number.isSafeInteger(rounded) && rounded > 0;
      const parsed = refund.input.safeParse({ amount: rounded, currency: "eur" });
      expect(parsed.success, `seed ${seed}: ${rounded}`).toBe(right);
    }
  });

  it("is refused above what is left, and in another currency than was paid in", async () => {
    const { merchant, payment, run, writes } = await world();
    merchant.refund(payment.charge, { amount: 4_000 });
    await expect(run(refund, input(payment.intent))).rejects.toMatchObject(
      invalid("amount", "above 10.00 EUR"),
    );
    await expect(run(refund, input(payment.intent, { currency: "usd" }))).rejects.toMatchObject(
      invalid("currency", "EUR"),
    );
    merchant.refund(payment.charge);
    await expect(run(refund, input(payment.intent, { amount: 1 }))).rejects.toMatchObject(
      invalid("payment", "nothing refundable"),
    );
    expect(writes()).toEqual([]);
  });

  it("is refused of a payment that failed, that the bank disputes, or that another customer made", async () => {
    const { ada, foreign, merchant, paid, run, writes } = await world();
    const failed = merchant.pay({ amount: 100, currency: "eur", customer: ada.id, succeeds: false });
    await expect(run(refund, input(String(failed.latest_charge)))).rejects.toMatchObject(invalid("payment"));
    const disputed = paid(2_000);
    merchant.dispute(disputed.charge);
    await expect(run(refund, input(disputed.intent))).rejects.toMatchObject(invalid("payment", "disputed"));
    const errors = await Promise.all(
      [foreign.intent, "pi_nobody", "ch_nobody"].map((payment) =>
        run(refund, input(payment)).catch((error: Error) => error),
      ),
    );
    const [first, ...others] = errors as Error[];
    expect(first).toMatchObject(invalid("payment", "unknown"));
    for (const other of others) expect(other).toMatchObject({ message: first?.message });
    expect(writes()).toEqual([]);
  });

  it("says which payments there are when none is named, and those alone that can be refunded", async () => {
    const { merchant, paid, payment, run } = await world();
    const spent = paid(700);
    merchant.refund(spent.charge);
    const error = await run(refund, { amount: 1, currency: "eur" }).catch((caught: Error) => caught);
    expect(error).toMatchObject(invalid("payment", "missing"));
    expect((error as Error).message).toContain(`${payment.intent} (50.00 EUR of 2026-10-12 can be refunded)`);
    expect((error as Error).message).not.toContain(spent.intent);
  });

  it("keeps within what an admin allows: amount, currency, reason, share and age", async () => {
    const { payment, run, writes } = await world();
    const config = { max_amount: { eur: 1_000 } };
    const closed = { code: "gate_closed", gate: "permit" };
    await expect(run(refund, input(payment.intent), { config })).rejects.toMatchObject(closed);
    await expect(
      run(refund, input(payment.intent, { amount: 1, currency: "usd" }), { config }),
    ).rejects.toMatchObject({ ...closed, message: "It may move nothing in USD." });
    await expect(run(refund, input(payment.intent, { reason: "fraudulent" }))).rejects.toMatchObject(closed);
    const share = { config: { max_percent: 25 } };
    await expect(run(refund, input(payment.intent, { amount: 1_251 }), share)).rejects.toMatchObject(
      invalid("amount", "25 %"),
    );
    const age = { config: { max_age_days: 39 } };
    await expect(run(refund, input(payment.intent), age)).rejects.toMatchObject(
      invalid("payment", "39 days"),
    );
    expect(writes()).toEqual([]);
    await run(refund, input(payment.intent), { config: { max_age_days: 41 } });
    // What was given back before counts.
    await expect(run(refund, input(payment.intent, { amount: 1 }), share)).rejects.toMatchObject(
      invalid("amount", "25 %"),
    );
    const limits = { eur: -1 };
    await expect(
      run(refund, input(payment.intent), { config: { max_amount: limits } }),
    ).rejects.toMatchObject({ code: "input_invalid", path: "config.max_amount.eur" });
  });

  it.each([
    ["jpy", 500, "500 JPY"],
    ["kwd", 5_120, "5.120 KWD"],
    ["isk", 500, "5.00 ISK"],
  ])("writes amounts of %s as Stripe does", async (currency, amount, text) => {
    const { paid, review, run } = await world();
    const { intent } = paid(amount * 2, currency);
    const seen = await review(refund as never, { payment: intent, amount, currency });
    expect(seen?.preview.summary).toContain(`Refunds ${text} of`);
    expect(await run(refund, { payment: intent, amount, currency })).toMatchObject({ status: "succeeded" });
  });

  it.each([
    ["kwd", 5_121],
    ["isk", 510],
  ])("refuses an amount of %s that the currency does not take", async (currency, amount) => {
    const { paid, run, writes } = await world();
    const { intent } = paid(20_000, currency);
    await expect(run(refund, { payment: intent, amount, currency })).rejects.toMatchObject(
      invalid("amount", "not a multiple"),
    );
    expect(writes()).toEqual([]);
  });

  it("finds the customer by the id that the host gives, and by nothing that a model says", async () => {
    const { ada, bob, payment, run, writes } = await world();
    const other = { subject: { ids: { stripe: bob.id } } };
    await expect(run(refund, input(payment.intent), other)).rejects.toMatchObject(invalid("payment"));
    for (const id of ["cus_nobody", "../customers"]) {
      await expect(
        run(refund, input(payment.intent), { subject: { ids: { stripe: id } } }),
      ).rejects.toMatchObject(invalid("context.customer"));
    }
    await expect(
      run(refund, input(payment.intent), { subject: { email: "nobody@example.com" } }),
    ).rejects.toMatchObject(invalid("context.customer"));
    await expect(run(refund, input(payment.intent), { subject: {} })).rejects.toMatchObject(
      invalid("context.customer"),
    );
    await expect(run(refund, input(payment.intent, { customer: bob.id }))).rejects.toMatchObject(
      invalid("customer"),
    );
    expect(writes()).toEqual([]);
    expect(await run(refund, input(payment.intent), { subject: { ids: { stripe: ada.id } } })).toMatchObject({
      status: "succeeded",
    });
  });

  it.each(["Ada@Example.COM", "ADA@EXAMPLE.COM"])(
    "takes a payment of a customer whose address Stripe has as %s, and of nobody whose address is another",
    async (email) => {
      const { book, merchant, paid, payment, run, writes } = await world();
      const shouting = merchant.createCustomer({ email });
      const { intent } = paid(900, "eur", shouting.id);
      const almost = paid(900, "eur", merchant.createCustomer({ email: "ada@example.com.evil.test" }).id);
      await expect(run(refund, input(almost.intent, { amount: 100 }))).rejects.toMatchObject(
        invalid("payment", "unknown"),
      );
      expect(writes()).toEqual([]);
      for (const subject of [{ email: "ada@example.com" }, { email: ` ${email}` }])
        expect(await run(refund, input(intent, { amount: 100 }), { subject })).toMatchObject({
          status: "succeeded",
        });
      // Nobody is left who is asked for to the letter.
      merchant.deleteCustomer(String(book.tables.charge.get(payment.charge)?.["customer"]));
      expect(await run(refund, input(intent, { amount: 100 }))).toMatchObject({ status: "succeeded" });
    },
  );

  it("is refused of a deleted customer, and takes a payment of any of those who share an address", async () => {
    const { ada, merchant, paid, payment, run } = await world();
    const twin = merchant.createCustomer({ email: "ada@example.com" });
    const second = paid(900, "eur", twin.id);
    for (const { intent } of [payment, second]) {
      expect(await run(refund, input(intent, { amount: 100 }))).toMatchObject({ status: "succeeded" });
    }
    merchant.deleteCustomer(ada.id);
    await expect(
      run(refund, input(payment.intent), { subject: { ids: { stripe: ada.id } } }),
    ).rejects.toMatchObject(invalid("context.customer"));
  });

  it.each([
    ["a 500 after Stripe did it", { type: "status", status: 500, executed: true }],
    ["a connection that is cut", { type: "reset", afterBytes: 0 }],
    ["an answer that is cut short", { type: "truncate" }],
    ["a 409", { type: "status", status: 409 }],
    ["a 429", { type: "status", status: 429 }],
    ["a 503 before Stripe did it", { type: "status", status: 503 }],
  ] as const)("F94 %s: it is asked for again with the same key, and given back once", async (_, effect) => {
    const { effects, emulator, payment, run, writes } = await world();
    emulator.faults.add({ match: { method: "POST" }, times: 1, effect });
    const outcome = await run(refund, input(payment.intent));
    expect(outcome).toMatchObject({ status: "succeeded", output: { amount: 1_250 } });
    expect(effects().filter(({ objectType }) => objectType === "refund")).toHaveLength(1);
    expect(writes().length).toBeGreaterThan(1);
  });

  it.each([
    [400, "charge_already_refunded", "payment"],
    [400, "balance_insufficient", "amount"],
    [402, "charge_disputed", "payment"],
    [400, "something_new", "input"],
    [404, "resource_missing", "input"],
  ])(
    "says which field it is that Stripe refuses with %i as %s, and asks once",
    async (status, code, path) => {
      const { emulator, payment, run, writes } = await world();
      const body = { error: { type: "invalid_request_error", code, message: "secret words of theirs" } };
      emulator.faults.add({ match: { method: "POST" }, effect: { type: "status", status, body } });
      const error = await run(refund, input(payment.intent)).catch((caught: Error) => caught);
      expect(error).toMatchObject(invalid(path, code));
      expect(JSON.stringify([(error as Error).message, error])).not.toContain("secret words");
      expect(writes()).toHaveLength(1);
    },
  );

  it("F94 an outage that outlasts every attempt is read back: what Stripe did counts as done", async () => {
    const { emulator, payment, run } = await world();
    const effect = { type: "status", status: 500, executed: true } as const;
    emulator.faults.add({ match: { method: "POST" }, effect });
    expect(await run(refund, input(payment.intent))).toMatchObject({
      status: "succeeded",
      output: { amount: 1_250 },
    });
  });

  it("F14 a refund is found by its mark alone, and is certainly absent only once it is settled", async () => {
    const { clock, emulator, find, merchant, payment, run } = await world();
    const key = "018f-key";
    await run(refund, input(payment.intent), { idempotencyKey: key });
    for (let more = 0; more < 3; more++) merchant.refund(payment.charge, { amount: 10 });
    const mark = emulator.ledger.requests.find(({ effect }) => effect)?.effect?.mark ?? "";
    const at = new Date(clock.now());
    expect(await find(refund, input(payment.intent), mark, { at })).toMatchObject({ state: "present" });
    const attemptedAt = new Date(clock.now());
    await expect(find(refund, input(payment.intent), "another", { at, attemptedAt })).rejects.toMatchObject({
      retryable: true,
    });
    await clock.advance(6_000);
    expect(await find(refund, input(payment.intent), "another", { at, attemptedAt })).toEqual({
      state: "absent",
    });
  });

  it("the same key acts once, also from another process, while Stripe keeps it", async () => {
    const { effects, payment, run } = await world();
    const idempotencyKey = "ticket-7";
    const first = await run(refund, input(payment.intent), { idempotencyKey });
    const second = await run(refund, input(payment.intent), { idempotencyKey });
    expect(second).toMatchObject({ output: (first as { output: object }).output });
    expect(effects()).toHaveLength(1);
    await expect(run(refund, input(payment.intent, { amount: 7 }), { idempotencyKey })).rejects.toMatchObject(
      {
        code: "outcome_unknown",
      },
    );
    expect(effects()).toHaveLength(1);
  });

  it("T39 nobody says yes, and nothing is given back", async () => {
    const { payment, run, writes } = await world();
    const approve = async () => undefined;
    await expect(run(refund, input(payment.intent), { approve })).rejects.toMatchObject({
      code: "gate_closed",
      gate: "approval",
    });
    expect(writes()).toEqual([]);
  });

  it("F93 is void when something was given back while the person thought", async () => {
    const { merchant, payment, run, writes } = await world();
    const approve = async () => {
      merchant.refund(payment.charge, { amount: 1 });
      return { approvedBy: "grace" };
    };
    await expect(run(refund, input(payment.intent), { approve })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(writes()).toEqual([]);
  });
});
