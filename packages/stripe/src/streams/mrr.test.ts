import { describe, expect, it } from "vitest";
import { billingInterval, monthlyRevenue, mrrModeOf } from "./mrr.ts";
import { Subscription } from "./subscription.ts";

const price = (more: object = {}) => ({
  id: "price_1",
  currency: "usd",
  unit_amount: 4_900,
  recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
  ...more,
});
const every = (interval: string, interval_count = 1, more: object = {}) =>
  price({ recurring: { interval, interval_count, usage_type: "licensed" }, ...more });

function subscription(items: readonly object[], more: object = {}): Subscription {
  return Subscription.parse({
    id: "sub_1",
    object: "subscription",
    created: 1_795_000_000,
    livemode: true,
    status: "active",
    currency: "usd",
    customer: "cus_1",
    items: { data: items.map((item, at) => ({ id: `si_${at}`, quantity: 1, ...item })) },
    ...more,
  });
}

const mrr = (items: readonly object[], more: object = {}) =>
  monthlyRevenue(subscription(items, more), "stripe_subscription");

describe("what a subscription brings in by the month", () => {
  it.each<[string, string, readonly object[]]>([
    ["its price by the month", "49.00", [{ price: price() }]],
    ["times its quantity", "147.00", [{ price: price(), quantity: 3 }]],
    ["a twelfth of a year's price", "4.08", [{ price: every("year") }]],
    ["a third of a quarter's price", "16.33", [{ price: every("month", 3) }]],
    ["a sixth of two weeks' by 52 weeks a year", "106.17", [{ price: every("week", 2) }]],
    ["365 days by 12", "1490.42", [{ price: every("day") }]],
    ["the sum of its items", "53.08", [{ price: price() }, { price: every("year") }]],
    [
      "fractions of a cent added up first",
      "1.00",
      Array(3).fill({ price: every("year", 1, { unit_amount: 400 }) }),
    ],
    [
      "prices below a cent by their quantity",
      "12.50",
      [{ price: price({ unit_amount: null, unit_amount_decimal: "0.05" }), quantity: 25_000 }],
    ],
    [
      "nothing of a metered price",
      "0.00",
      [{ price: price({ recurring: { interval: "month", usage_type: "metered" } }) }],
    ],
    ["nothing of a price in tiers", "0.00", [{ price: price({ unit_amount: null }) }]],
    ["nothing of a price that is paid once", "0.00", [{ price: price({ recurring: null }) }]],
    [
      "nothing of another currency's price",
      "49.00",
      [{ price: price() }, { price: price({ currency: "eur" }) }],
    ],
    ["nothing of a quantity of none", "0.00", [{ price: price(), quantity: 0 }]],
  ])("is %s: %s", (_, amount, items) => {
    expect(mrr(items)).toBe(amount);
  });

  it.each([
    ["jpy", 4_900, "4900"],
    ["kwd", 4_900, "4.900"],
    ["eur", 4_900, "49.00"],
  ])("T42 is in the main unit of %s", (currency, unit_amount, amount) => {
    expect(mrr([{ price: price({ currency, unit_amount }) }], { currency })).toBe(amount);
  });

  it.each([
    ["active", "49.00", "49.00"],
    ["past_due", "49.00", "49.00"],
    ["trialing", undefined, "49.00"],
    ["unpaid", undefined, undefined],
    ["paused", undefined, undefined],
    ["incomplete", undefined, undefined],
    ["canceled", undefined, undefined],
  ])("of status %s is %s, with trials %s", (status, plain, withTrials) => {
    const one = subscription([{ price: price() }], { status });
    expect(monthlyRevenue(one, "stripe_subscription")).toBe(plain);
    expect(monthlyRevenue(one, "stripe_subscription_with_trials")).toBe(withTrials);
    expect(monthlyRevenue(one, "none")).toBeUndefined();
  });

  it("is nothing while its collection is paused", () => {
    expect(mrr([{ price: price() }], { pause_collection: { behavior: "void" } })).toBeUndefined();
  });

  it("goes by the mode that an admin chose, and by the first for what is none", () => {
    expect(mrrModeOf({ mrr_mode: "none" })).toBe("none");
    for (const mrr_mode of [undefined, "", "else", 5])
      expect(mrrModeOf({ mrr_mode })).toBe("stripe_subscription");
  });
});

describe("how often it is billed", () => {
  it.each([
    ["month", 1, "monthly"],
    ["month", 3, "quarterly"],
    ["month", 6, "bi_annual"],
    ["month", 12, "annual"],
    ["year", 1, "annual"],
    ["year", 2, undefined],
    ["month", 2, undefined],
    ["week", 1, undefined],
  ])("every %s × %i is %s", (interval, count, said) => {
    expect(billingInterval(subscription([{ price: every(interval, count) }]))).toBe(said);
  });
});
