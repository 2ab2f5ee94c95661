import * as z from "zod";
import { Reference, Seconds } from "./object.ts";

const Price = z.object({
  id: z.string(),
  nickname: z.string().nullish(),
  currency: z.string(),
  unit_amount: z.number().nullish().default(null),
  unit_amount_decimal: z.string().nullish(),
  product: Reference,
  recurring: z
    .object({
      interval: z.string(),
      interval_count: z.number().nullish(),
      usage_type: z.string().nullish(),
    })
    .nullish(),
});

const Item = z.object({
  id: z.string(),
  price: Price,
  quantity: z.number().nullish(),
  current_period_start: Seconds,
  current_period_end: Seconds,
});

export type SubscriptionItem = z.infer<typeof Item>;

/** A subscription, as far as it is read; the whole stays in `raw`. */
export const Subscription = z.object({
  id: z.string().min(1),
  object: z.literal("subscription"),
  created: z.number(),
  livemode: z.boolean(),
  status: z.string(),
  customer: Reference,
  currency: z.string().nullish(),
  items: z.object({ data: z.array(Item) }),
  collection_method: z.string().nullish(),
  start_date: Seconds,
  trial_start: Seconds,
  trial_end: Seconds,
  cancel_at: Seconds,
  cancel_at_period_end: z.boolean().nullish(),
  canceled_at: Seconds,
  ended_at: Seconds,
  cancellation_details: z.object({ reason: z.string().nullish(), feedback: z.string().nullish() }).nullish(),
  pause_collection: z.object({ behavior: z.string().nullish(), resumes_at: Seconds }).nullish(),
  latest_invoice: Reference,
  metadata: z.record(z.string(), z.string()).nullish(),
});

export type Subscription = z.infer<typeof Subscription>;

/** The running period is its items' since 2025-03-31; of several, the one that ends first. */
export function periodOf({ items }: Subscription): {
  readonly start: Date | null;
  readonly end: Date | null;
} {
  const [first] = items.data
    .filter((item) => typeof item.current_period_end === "number")
    .sort((a, b) => (a.current_period_end ?? 0) - (b.current_period_end ?? 0));
  const date = (seconds: number | null | undefined) =>
    typeof seconds === "number" ? new Date(seconds * 1_000) : null;
  return { start: date(first?.current_period_start), end: date(first?.current_period_end) };
}
