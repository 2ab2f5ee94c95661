import type { BillingInterval } from "@halo/core";
import { ruleOf } from "../actions/currency.ts";
import { BILLION, billionths, decimal, rounded } from "./money.ts";
import type { Subscription, SubscriptionItem } from "./subscription.ts";

/**
 * `stripe_subscription`: what subscriptions that run bring in by the month, at their list prices.
 * `stripe_subscription_with_trials`: those on trial too, at what they will cost. `none`: nothing is worked out.
 */
// guess: Halo's documents name the first only.
export const mrrModes = ["stripe_subscription", "stripe_subscription_with_trials", "none"] as const;
export type MrrMode = (typeof mrrModes)[number];

export function mrrModeOf(settings: { readonly [name: string]: unknown }): MrrMode {
  const mode = mrrModes.find((one) => one === settings.mrr_mode);
  return mode ?? "stripe_subscription";
}

/** A payment that is late is still due; one that was given up on is not. */
const RUNNING = new Set(["active", "past_due"]);

/**
 * What a subscription brings in by the month, as a decimal in the main unit: each item's price, times its quantity, by
 * the length of its interval. Metered items bring what is used, which no price tells, and count as nothing; so do
 * prices in tiers. Discounts and taxes are left out.
 */
export function monthlyRevenue(subscription: Subscription, mode: MrrMode): string | undefined {
  const { currency, items, pause_collection: paused, status } = subscription;
  const counts =
    !paused && (RUNNING.has(status) || (status === "trialing" && mode === "stripe_subscription_with_trials"));
  if (!counts || mode === "none" || !currency) return undefined;
  const sum = items.data.reduce((total, item) => total + monthly(item, currency), 0n);
  return decimal(rounded(sum, BILLION), ruleOf(currency).digits);
}

/** Months of one interval, as a fraction: a week is 12 / 52 of a month, a day 12 / 365. */
const MONTHS: { readonly [interval: string]: readonly [bigint, bigint] } = {
  day: [12n, 365n],
  week: [12n, 52n],
  month: [1n, 1n],
  year: [12n, 1n],
};

/** In billionths of the minor unit. */
function monthly({ price, quantity }: SubscriptionItem, currency: string): bigint {
  const { recurring } = price;
  const months = MONTHS[recurring?.interval ?? ""];
  if (!recurring || !months || recurring.usage_type === "metered" || price.currency !== currency) return 0n;
  const unit =
    price.unit_amount_decimal ?? (price.unit_amount === null ? undefined : String(price.unit_amount));
  const amount = unit === undefined ? undefined : billionths(unit);
  if (amount === undefined) return 0n;
  const [numerator, denominator] = months;
  const every = BigInt(Math.max(1, Math.trunc(recurring.interval_count ?? 1)));
  return rounded(amount * BigInt(Math.trunc(quantity ?? 1)) * denominator, numerator * every);
}

/** How often it is billed, in the words of a contract; of several items the first. */
export function billingInterval({ items }: Subscription): BillingInterval | undefined {
  const { interval, interval_count } = items.data[0]?.price.recurring ?? {};
  const every = interval_count ?? 1;
  if (interval === "year") return every === 1 ? "annual" : undefined;
  if (interval !== "month") return undefined;
  // guess: `bi_annual` is twice a year.
  return ({ 1: "monthly", 3: "quarterly", 6: "bi_annual", 12: "annual" } as const)[every];
}
