import type { Random } from "../../random.ts";
import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import { periodEnd } from "../objects/catalogue.ts";
import { type SubscriptionStatus, subscription, subscriptionItem } from "../objects/subscription.ts";
import type { Catalogue } from "./catalogue.ts";
import { seedInvoice } from "./invoices.ts";

/** What kind of subscription a customer has. */
export interface Shape {
  readonly status: SubscriptionStatus;
  readonly currency?: string;
  /** More items than a list inside an object holds. */
  readonly manyItems?: boolean;
  readonly metered?: boolean;
  readonly pausedCollection?: boolean;
  readonly cancelAtPeriodEnd?: boolean;
}

export interface SubscriptionSeed {
  readonly payer: StripeObject;
  readonly shape: Shape;
  readonly catalogue: Catalogue;
  /** Unix seconds. */
  readonly created: number;
  readonly until: number;
  readonly random: Random;
}

const DAY = 86_400;
const MAX_INVOICES = 6;

export function seedSubscription(book: Book, seed: SubscriptionSeed): void {
  const { catalogue, payer, random, shape, until } = seed;
  const currency = shape.currency ?? "usd";
  const prices = pricesOf(shape, catalogue, currency, random);
  const [first] = prices;
  if (!first) return;
  payer.currency = currency;
  const trial = shape.status === "trialing" || shape.status === "paused";
  // What is on trial, or was never paid, is young.
  const young = trial || shape.status.startsWith("incomplete");
  const created = young ? Math.max(seed.created, until - random.int(2, 12) * DAY) : seed.created;
  const made = subscription(book, {
    customer: payer.id,
    currency,
    status: shape.status,
    created,
    metadata: random.chance(0.3) ? { contract: `C-${random.int(100, 999)}` } : {},
    ...(trial && {
      trial_start: created,
      trial_end: created + 14 * DAY,
      billing_cycle_anchor: created + 14 * DAY,
    }),
    ...(shape.status === "paused" && {
      trial_end: created + 2 * DAY,
      billing_cycle_anchor: created + 2 * DAY,
    }),
    ...(shape.pausedCollection && {
      pause_collection: { behavior: "keep_as_draft", resumes_at: until + 30 * DAY },
    }),
  });
  book.tables.subscription.insert(made);

  const periods = young ? [created] : startsOf(first, created, until);
  const start = periods.at(-1) ?? created;
  const end = trial ? Number(made.trial_end) : periodEnd(start, first);
  const items = prices.map((priced) =>
    subscriptionItem(book, {
      subscription: made.id,
      price: priced.id,
      quantity:
        priced.recurring && (priced.recurring as { usage_type: string }).usage_type === "metered"
          ? undefined
          : random.int(1, 5),
      current_period_start: start,
      current_period_end: end,
      created,
    }),
  );
  for (const item of items) book.tables.subscription_item.insert(item);

  periods.slice(-MAX_INVOICES).forEach((at, n, all) => {
    const latest = n === all.length - 1;
    const billed = seedInvoice(book, {
      payer,
      subscription: made,
      items,
      start: at,
      end: latest ? end : periodEnd(at, first),
      first: n === 0,
      fate: latest ? fateOf(shape) : "paid",
      free: trial,
      random,
    });
    made.latest_invoice = billed.id;
  });
  if (shape.cancelAtPeriodEnd) {
    Object.assign(made, { cancel_at_period_end: true, cancel_at: end, canceled_at: start + DAY });
    made.cancellation_details = {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: "cancellation_requested",
    };
  }
  if (shape.status === "canceled") {
    const ended = Math.min(start + 5 * DAY, until);
    const feedback = random.pick(["too_expensive", "missing_features", "unused"]);
    Object.assign(made, { canceled_at: ended, ended_at: ended, cancel_at: null });
    made.cancellation_details = {
      comment: null,
      feedback,
      feedback_option: null,
      reason: "cancellation_requested",
    };
  }
  if (shape.status === "incomplete_expired") made.ended_at = created + DAY;
}

function pricesOf(
  shape: Shape,
  catalogue: Catalogue,
  currency: string,
  random: Random,
): readonly StripeObject[] {
  if (shape.manyItems) return catalogue.addOns;
  const priced = random.pick(catalogue.byCurrency.get(currency) ?? []);
  return shape.metered ? [priced, catalogue.metered].filter(sameRhythm) : [priced];
}

const intervalOf = (priced: StripeObject | undefined): unknown =>
  (priced?.recurring as { interval: string } | null | undefined)?.interval;

/** Items of one subscription have one rhythm: the metered price is monthly. */
const sameRhythm = (priced: StripeObject, _: number, [first]: readonly StripeObject[]): boolean =>
  intervalOf(priced) === intervalOf(first);

/** When each period began. */
function startsOf(priced: StripeObject, created: number, until: number): number[] {
  const starts = [created];
  for (let next = periodEnd(created, priced); next <= until; next = periodEnd(next, priced))
    starts.push(next);
  return starts;
}

export type Fate = "paid" | "open" | "failed" | "uncollectible" | "draft" | "void";

function fateOf({ pausedCollection, status }: Shape): Fate {
  if (pausedCollection) return "draft";
  if (status === "past_due" || status === "incomplete") return "failed";
  if (status === "unpaid") return "uncollectible";
  if (status === "incomplete_expired") return "void";
  return "paid";
}
