import { describe, expect, it } from "vitest";
import { refundable, setUpStripe } from "../../../test/stripe-requests.ts";

const set = (options = {}) => {
  const made = setUpStripe(options);
  const charge = made.first("charge", refundable);
  const refund = (params: object = {}, headers = {}) =>
    made.ask("POST", "/v1/refunds", { charge: charge.id, ...params }, headers);
  const read = async () => (await made.ask("GET", `/v1/charges/${charge.id}`)).body;
  const types = async () =>
    (await made.ask("GET", "/v1/events", { limit: 100 })).body.data
      .map((one: { type: string }) => one.type)
      .reverse();
  return { ...made, charge, refund, read, types };
};

describe("a refund", () => {
  it("gives back a part, then the rest, and moves the charge each time", async () => {
    const { charge, read, refund, types } = set();
    const one = await refund({ amount: 100, reason: "duplicate", "metadata[a]": "b" });
    expect(one.body).toMatchObject({
      object: "refund",
      amount: 100,
      charge: charge.id,
      payment_intent: charge.payment_intent,
      currency: charge.currency,
      reason: "duplicate",
      metadata: { a: "b" },
      status: "succeeded",
    });
    expect(await read()).toMatchObject({ amount_refunded: 100, refunded: false });
    const rest = await refund();
    expect(rest.body.amount).toBe(Number(charge.amount) - 100);
    expect(await read()).toMatchObject({ amount_refunded: charge.amount, refunded: true });
    expect(await types()).toEqual(["refund.created", "charge.refunded", "refund.created", "charge.refunded"]);
  });

  it("finds the charge of a payment intent", async () => {
    const { ask, charge } = set();
    const { body } = await ask("POST", "/v1/refunds", {
      payment_intent: String(charge.payment_intent),
      amount: 1,
    });
    expect(body.charge).toBe(charge.id);
  });

  it.each([
    ["of nothing", { amount: 0 }, { code: "parameter_invalid_integer", param: "amount" }],
    ["of less than nothing", { amount: -5 }, { code: "parameter_invalid_integer", param: "amount" }],
    ["of a fraction", { amount: "1.5" }, { code: "parameter_invalid_integer", param: "amount" }],
    ["of 2^53", { amount: "9007199254740992" }, { code: "parameter_invalid_integer", param: "amount" }],
    ["of an empty amount", { amount: "" }, { code: "parameter_invalid_empty", param: "amount" }],
    ["for a reason that there is not", { reason: "because" }, { param: "reason" }],
    ["with a parameter that there is not", { colour: "red" }, { code: "parameter_unknown", param: "colour" }],
  ])("%s is refused and nothing happens", async (_, params, error) => {
    const { read, refund, types } = set();
    const { body, status } = await refund(params);
    expect([status, body.error]).toEqual([
      400,
      expect.objectContaining({ ...error, type: "invalid_request_error" }),
    ]);
    expect((await read()).amount_refunded).toBe(0);
    expect(await types()).toEqual([]);
  });

  it("of more than is left says both amounts in the currency", async () => {
    const { charge, emulator, ask } = set();
    const yen = emulator.account.book.tables.charge.rows.find(
      (row) => row.currency === "jpy" && refundable(row),
    );
    for (const one of [charge, yen]) {
      const amount = Number(one?.amount) + 1;
      const { body, status } = await ask("POST", "/v1/refunds", { charge: String(one?.id), amount });
      expect([status, body.error.param, body.error.code]).toEqual([400, "amount", undefined]);
      expect(body.error.message).toMatch(
        /^Refund amount \(.+\) is greater than unrefunded amount on charge \(.+\)$/,
      );
    }
    const message = (await ask("POST", "/v1/refunds", { charge: String(yen?.id), amount: 99_999_999 })).body
      .error.message;
    expect(message).toContain("¥99,999,999");
  });

  it.each([
    ["charge_already_refunded", "is whole", (_: unknown, all: ReturnType<typeof set>) => all.refund()],
    [
      "charge_disputed",
      "is disputed",
      (_: unknown, all: ReturnType<typeof set>) => all.emulator.account.dispute(all.charge.id),
    ],
  ])("%s when the charge %s", async (code, _, prepare) => {
    const all = set();
    await prepare(undefined, all);
    const before = await all.read();
    const { body, status } = await all.refund();
    expect([status, body.error.code]).toEqual([400, code]);
    expect(await all.read()).toEqual(before);
  });

  it("of a charge that failed, of an unpaid intent, of nobody's and of nothing named is refused", async () => {
    const { ask, first } = set();
    const failed = first("charge", (row) => row.status === "failed");
    const ask4 = async (params: object) => {
      const { body, status } = await ask("POST", "/v1/refunds", { ...params });
      return [status, body.error.code, body.error.param];
    };
    expect(await ask4({ charge: failed.id })).toEqual([400, "charge_not_refundable", "charge"]);
    expect(await ask4({ payment_intent: String(failed.payment_intent) })).toEqual([
      400,
      undefined,
      "payment_intent",
    ]);
    expect(await ask4({ charge: "ch_none" })).toEqual([404, "resource_missing", "charge"]);
    expect(await ask4({ amount: 5 })).toEqual([400, "parameter_missing", "charge"]);
  });

  it("that is pending can fail later: the money is the merchant's again", async () => {
    const { ask, charge, emulator, read, refund, types } = set({ behaviour: { refundStatus: "pending" } });
    const { body } = await refund({ amount: 100 });
    expect(body).toMatchObject({ status: "pending", pending_reason: "processing" });
    expect((await read()).amount_refunded).toBe(100);
    emulator.account.settleRefund(body.id, "failed");
    expect((await ask("GET", `/v1/refunds/${body.id}`)).body).toMatchObject({
      status: "failed",
      failure_reason: "expired_or_canceled_card",
    });
    expect(await read()).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await types()).toEqual([
      ..."refund.created charge.refunded refund.updated charge.refund.updated refund.failed charge.updated".split(
        " ",
      ),
    ]);
    const again = await refund({ amount: 50 });
    emulator.account.settleRefund(again.body.id, "succeeded");
    expect((await read()).amount_refunded).toBe(50);
    expect(charge.refunded).toBe(false);
  });

  it("can be given other metadata, and be listed by its charge", async () => {
    const { ask, charge, refund } = set();
    const { body } = await refund({ amount: 7, "metadata[a]": "1", "metadata[b]": "2" });
    const changed = await ask("POST", `/v1/refunds/${body.id}`, { "metadata[a]": "", "metadata[c]": "3" });
    expect(changed.body.metadata).toEqual({ b: "2", c: "3" });
    for (const path of [`/v1/refunds?charge=${charge.id}`, `/v1/charges/${charge.id}/refunds`])
      expect((await ask("GET", path)).body.data.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    expect((await ask("POST", `/v1/refunds/${body.id}/cancel`)).status).toBe(400);
  });
});
