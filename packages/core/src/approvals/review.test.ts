import { describe, expect, it } from "vitest";
import type { ActionReview, AnyAction } from "../index.ts";
import { customerIn, reviewOf, sameGround } from "./review.ts";

const preview = { summary: "Gives it back." };
const context = { input: { amount: 5, why: "lost" }, subject: { email: "ada@example.com" } } as never;
const account = (livemode?: string) => ({ id: "a", ...(livemode && { details: { livemode } }) });
const review = (given: unknown, livemode?: string) =>
  reviewOf({ name: "Refund", review: async () => given } as unknown as AnyAction, context, account(livemode));

describe("what a person decides on", () => {
  it("is a copy of what the action read, without the mode", async () => {
    const given = { preview, customer: "c", state: { left: 1 }, livemode: true, money: undefined };
    const read = await review(given, "true");
    expect(read).toEqual({ preview, customer: "c", state: { left: 1 } });
    given.state.left = 2;
    expect(read.state).toEqual({ left: 1 });
  });

  it("is the preview where the action has no review, and its arguments where it has neither", async () => {
    const own = { name: "Refund", preview: () => preview } as unknown as AnyAction;
    expect(await reviewOf(own, context, account())).toEqual({ preview });
    expect(await reviewOf({ name: "Refund" } as AnyAction, context, account())).toEqual({
      preview: {
        summary: "Refund for ada@example.com",
        changes: [
          { field: "amount", to: "5" },
          { field: "why", to: "lost" },
        ],
      },
    });
  });

  it.each([
    { amountMinor: 1, currency: "eur" },
    { amountMinor: Number.MAX_SAFE_INTEGER, currency: "usd", digits: 0 },
    { amountMinor: 5, currency: "kwd", digits: 4 },
  ])("T42 takes %j for money", async (money) => {
    expect((await review({ preview, money })).money).toEqual(money);
  });

  it.each([
    [{ amountMinor: 0, currency: "eur" }, "amountMinor"],
    [{ amountMinor: -1, currency: "eur" }, "amountMinor"],
    [{ amountMinor: 1.5, currency: "eur" }, "amountMinor"],
    [{ amountMinor: 2 ** 53, currency: "eur" }, "amountMinor"],
    [{ amountMinor: "5", currency: "eur" }, "amountMinor"],
    [{ amountMinor: 5, currency: "EUR" }, "currency"],
    [{ amountMinor: 5, currency: "eu" }, "currency"],
    [{ amountMinor: 5, currency: "euro" }, "currency"],
    [{ amountMinor: 5, currency: "1eur" }, "currency"],
    [{ amountMinor: 5, currency: "eur", digits: -1 }, "digits"],
    [{ amountMinor: 5, currency: "eur", digits: 5 }, "digits"],
    [{ amountMinor: 5, currency: "eur", digits: 0.5 }, "digits"],
  ])("T42 takes %j for none", async (money, path) => {
    await expect(review({ preview, money })).rejects.toMatchObject({
      code: "input_invalid",
      path: `money.${path}`,
      reason: "no amount",
    });
  });

  it.each([
    [true, "true"],
    [false, "false"],
    [undefined, "true"],
    [true, undefined],
    [false, undefined],
  ])("T09 may be of objects of mode %s where the connection's is %s", async (livemode, bound) => {
    expect(await review({ preview, livemode }, bound)).toEqual({ preview });
  });

  it.each([
    [true, "false"],
    [false, "true"],
  ])("T09 is not of objects of mode %s where the connection's is %s", async (livemode, bound) => {
    await expect(review({ preview, livemode }, bound)).rejects.toMatchObject({
      code: "gate_closed",
      gate: "connection",
    });
  });
});

describe("A7 whose money it is", () => {
  const subject = { email: "ada@example.com", endUserId: "u1", companyId: "c1" };
  it.each<[string, Partial<ActionReview>, object | undefined, string | undefined]>([
    ["the customer whom the action names", { customer: "cus_1" }, subject, "cus_1"],
    ["else the subject's address", {}, subject, "ada@example.com"],
    ["else their id", {}, { endUserId: "u1", companyId: "c1" }, "u1"],
    ["else their company's", {}, { companyId: "c1" }, "c1"],
    ["else nobody's", {}, {}, undefined],
    ["nobody's where there is no subject", {}, undefined, undefined],
  ])("is %s", (_, more, of, whose) => {
    expect(customerIn({ preview, ...more }, of)).toBe(whose);
  });
});

describe("F93 the ground that a decision stands on", () => {
  const proposed = {
    customer: "cus_1",
    money: { amountMinor: 5, currency: "eur", digits: 2 },
    state: { left: 1, status: "paid" },
  };
  it("is the same whatever order the vendor tells it in", () => {
    const money = { digits: 2, currency: "eur", amountMinor: 5 };
    expect(sameGround(proposed, { ...proposed, money, state: { status: "paid", left: 1 } })).toBe(true);
    expect(sameGround({}, {})).toBe(true);
  });

  it.each([
    ["customer", { customer: "cus_2" }],
    ["customer, who is none,", { customer: undefined }],
    ["amount", { money: { ...proposed.money, amountMinor: 6 } }],
    ["currency", { money: { ...proposed.money, currency: "usd" } }],
    ["money, which is none,", { money: undefined }],
    ["state", { state: { left: 1, status: "disputed" } }],
    ["state, which is none,", { state: undefined }],
  ])("is another one with another %s", (_, change) => {
    expect(sameGround(proposed, { ...proposed, ...change } as typeof proposed)).toBe(false);
  });
});
