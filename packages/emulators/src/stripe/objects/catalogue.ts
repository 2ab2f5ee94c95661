import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

type Fields = Readonly<Record<string, unknown>>;

export function product(book: Book, given: Fields & { readonly name: string }): StripeObject {
  const created = Number(given.created ?? book.now());
  return {
    id: book.newId("product"),
    object: "product",
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: book.livemode,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: created,
    url: null,
    ...given,
  };
}

export type Interval = "day" | "week" | "month" | "year";

export interface NewPrice extends Fields {
  readonly product: string;
  /** In the currency's smallest unit; null where tiers decide. */
  readonly unit_amount: number | null;
  readonly currency: string;
  readonly interval?: Interval;
  readonly interval_count?: number;
  readonly usage_type?: "licensed" | "metered";
}

/** Recurring when it has an interval. */
export function price(
  book: Book,
  { interval, interval_count, usage_type, ...given }: NewPrice,
): StripeObject {
  return {
    id: book.newId("price"),
    object: "price",
    active: true,
    billing_scheme: given.unit_amount === null ? "tiered" : "per_unit",
    created: book.now(),
    custom_unit_amount: null,
    livemode: book.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    recurring:
      interval === undefined
        ? null
        : {
            interval,
            interval_count: interval_count ?? 1,
            meter: null,
            trial_period_days: null,
            usage_type: usage_type ?? "licensed",
          },
    tax_behavior: "unspecified",
    tiers_mode: given.unit_amount === null ? "graduated" : null,
    transform_quantity: null,
    type: interval === undefined ? "one_time" : "recurring",
    unit_amount_decimal: given.unit_amount === null ? null : String(given.unit_amount),
    ...given,
  };
}

/** The older form of a recurring price, which subscription items still carry beside it. */
export function planOf(priced: StripeObject): Fields {
  const recurring = (priced.recurring ?? {}) as Fields;
  return {
    id: priced.id,
    object: "plan",
    active: priced.active,
    amount: priced.unit_amount,
    amount_decimal: priced.unit_amount_decimal,
    billing_scheme: priced.billing_scheme,
    created: priced.created,
    currency: priced.currency,
    interval: recurring.interval ?? "month",
    interval_count: recurring.interval_count ?? 1,
    livemode: priced.livemode,
    metadata: priced.metadata,
    meter: null,
    nickname: priced.nickname,
    product: priced.product,
    tiers_mode: priced.tiers_mode,
    transform_usage: null,
    trial_period_days: null,
    usage_type: recurring.usage_type ?? "licensed",
  };
}

const DAY = 86_400;

/** The end of a period that begins at `start`; months and years keep the day where they can. */
export function periodEnd(start: number, priced: StripeObject): number {
  const { interval = "month", interval_count: count = 1 } = (priced.recurring ?? {}) as {
    interval?: Interval;
    interval_count?: number;
  };
  if (interval === "day") return start + count * DAY;
  if (interval === "week") return start + count * 7 * DAY;
  const date = new Date(start * 1_000);
  const months = interval === "year" ? 12 * count : count;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), last);
  const rest = start - Math.floor(start / DAY) * DAY;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, day) / 1_000 + rest;
}
