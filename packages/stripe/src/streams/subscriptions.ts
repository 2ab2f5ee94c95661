import type { KeyToRead, SubscriptionStanding } from "@halo/core";
import type { StripeReferences } from "../references.ts";
import { type EventObject, itself } from "./changes.ts";
import { withItems } from "./inner-lists.ts";
import { billingInterval, monthlyRevenue, mrrModeOf } from "./mrr.ts";
import { ofCustomer, when } from "./object.ts";
import { stripeStream } from "./stripe-stream.ts";
import { periodOf, Subscription } from "./subscription.ts";

/** Of several subscriptions of a company, the one that stands best says its status. */
const STANDING: { readonly [status: string]: number } = {
  active: 100,
  trialing: 90,
  past_due: 80,
  unpaid: 60,
  paused: 50,
  incomplete: 40,
  canceled: 20,
  incomplete_expired: 10,
};
const RUNNING = new Set(["active", "trialing", "past_due"]);

export const subscriptionEvents = [
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "customer.subscription.trial_will_end",
  "customer.subscription.pending_update_applied",
  "customer.subscription.pending_update_expired",
] as const;

export const keyOfSubscription = (object: EventObject): KeyToRead | undefined =>
  itself(object, "subscription");

/** What is paid again and again; those that ended too. */
export const subscriptions = stripeStream<Subscription>({
  id: "subscriptions",
  name: "Subscriptions",
  record: Subscription,
  key: ({ id }) => id,
  // Without a status, those that were cancelled are left out of the list.
  lists: [{ path: "/v1/subscriptions", query: { status: "all" } }],
  pathOf: ({ key }) => `/v1/subscriptions/${encodeURIComponent(key)}`,
  complete: withItems,
  events: subscriptionEvents,
  keyOf: keyOfSubscription,
  columns: {
    customer_id: "text",
    status: "text",
    plan: "text",
    price_id: "text",
    product_id: "text",
    quantity: "bigint",
    currency: "text",
    mrr: "numeric",
    billing_interval: "text",
    items: "jsonb",
    current_period_start: "timestamptz",
    current_period_end: "timestamptz",
    trial_start: "timestamptz",
    trial_end: "timestamptz",
    cancel_at: "timestamptz",
    cancels_at_period_end: "boolean",
    canceled_at: "timestamptz",
    ended_at: "timestamptz",
    cancellation_reason: "text",
    cancellation_feedback: "text",
    pause_behavior: "text",
    pause_resumes_at: "timestamptz",
    collection_method: "text",
    latest_invoice_id: "text",
    started_at: "timestamptz",
    is_live: "boolean",
    created_at: "timestamptz",
  },
  row: (subscription, refs, settings = {}) => {
    const [first] = subscription.items.data;
    const { end, start } = periodOf(subscription);
    return {
      customer_id: subscription.customer,
      status: subscription.status,
      plan: planOf(subscription, refs),
      price_id: first?.price.id,
      product_id: first?.price.product,
      quantity: first?.quantity,
      currency: subscription.currency,
      mrr: monthlyRevenue(subscription, mrrModeOf(settings)),
      billing_interval: billingInterval(subscription),
      items: subscription.items.data.map(({ id, price, quantity }) => ({
        id,
        price: price.id,
        product: price.product,
        quantity,
      })),
      current_period_start: start,
      current_period_end: end,
      trial_start: when(subscription.trial_start),
      trial_end: when(subscription.trial_end),
      cancel_at: when(subscription.cancel_at),
      cancels_at_period_end: subscription.cancel_at_period_end,
      canceled_at: when(subscription.canceled_at),
      ended_at: when(subscription.ended_at),
      cancellation_reason: subscription.cancellation_details?.reason,
      cancellation_feedback: subscription.cancellation_details?.feedback,
      pause_behavior: subscription.pause_collection?.behavior,
      pause_resumes_at: when(subscription.pause_collection?.resumes_at),
      collection_method: subscription.collection_method,
      latest_invoice_id: subscription.latest_invoice,
      started_at: when(subscription.start_date),
      is_live: subscription.livemode,
      created_at: when(subscription.created),
    };
  },
  links: ({ customer }) => ofCustomer(customer),
  revenue: (subscription, refs, settings = {}) => {
    const { currency, customer } = subscription;
    if (!customer) return undefined;
    return {
      payer: { stream: "customers", key: customer },
      currency: currency ?? undefined,
      mrr: monthlyRevenue(subscription, mrrModeOf(settings)),
      isTest: !subscription.livemode,
      subscription: standingOf(subscription, refs),
    };
  },
});

function standingOf(subscription: Subscription, refs: StripeReferences): SubscriptionStanding {
  const { cancel_at, cancel_at_period_end, ended_at, status } = subscription;
  const { end } = periodOf(subscription);
  const ends = when(ended_at) ?? when(cancel_at) ?? (cancel_at_period_end ? end : null);
  return {
    status,
    standing: STANDING[status] ?? 30,
    plan: planOf(subscription, refs),
    delinquent: status === "past_due" || status === "unpaid",
    renewsAt: ends === null && RUNNING.has(status) ? (end ?? undefined) : undefined,
    cancelsAt: ends ?? undefined,
    interval: billingInterval(subscription),
  };
}

/** By the product's name, or else by what the price is called, or by its id. */
function planOf({ items }: Subscription, { products }: StripeReferences): string | undefined {
  const names = items.data.map(
    ({ price }) => products.get(price.product ?? "") ?? price.nickname ?? price.id,
  );
  return names.length > 0 ? [...new Set(names)].join(", ").slice(0, 300) : undefined;
}
