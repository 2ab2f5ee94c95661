import type { Json, NotificationDraft } from "@halo/core";
import { mainUnits } from "./streams/money.ts";
import type { StripeEvent } from "./webhooks/event.ts";

/** Told where a connection's settings do not say which: `stripe_event_kinds`, a list of Stripe's names of events. */
export const DEFAULT_KINDS: readonly string[] = [
  "customer.created",
  "customer.subscription.created",
  "customer.subscription.deleted",
  "customer.subscription.trial_will_end",
  "invoice.payment_failed",
  "charge.refunded",
  "charge.dispute.created",
];

type Settings = { readonly [name: string]: Json | undefined };

/** What an event tells the org's people; undefined for a kind that nobody wants to hear of. */
export function notificationOf(event: StripeEvent, settings: Settings): NotificationDraft | undefined {
  const { created, data, livemode, type } = event;
  const chosen = settings["stripe_event_kinds"];
  const kinds = Array.isArray(chosen) ? chosen : DEFAULT_KINDS;
  const { id, status } = data.object;
  if (!kinds.includes(type) || !id) return undefined;
  const currency = text(data.object["currency"], 3);
  const amount = mainUnits(amountOf(event), currency);
  return {
    type: "stripe_event",
    event: {
      kind: type,
      objectId: id,
      customer: customerOf(event),
      ...(amount !== undefined && { amount, currency }),
      status: text(status, 100),
      url: urlOf(data.object["object"], id, livemode),
      at: new Date(created * 1_000).toISOString(),
    },
  };
}

/** What it is about, in the smallest unit: what is due of an invoice, what came back of a charge. */
function amountOf({ data, type }: StripeEvent): number | undefined {
  const { object } = data;
  const of = (field: string) => (typeof object[field] === "number" ? (object[field] as number) : undefined);
  if (object.object === "invoice") return of(type === "invoice.paid" ? "amount_paid" : "amount_due");
  return type === "charge.refunded" ? of("amount_refunded") : of("amount");
}

/** Where the object itself names somebody; else core says whom its record is about. */
function customerOf({ data }: StripeEvent): { readonly name?: string; readonly email?: string } | undefined {
  const { object } = data;
  const own = object.object === "customer";
  const billing = object["billing_details"] as { readonly [field: string]: unknown } | null | undefined;
  const email = text(own ? object["email"] : (object["customer_email"] ?? billing?.["email"]), 320);
  const name = text(own ? object["name"] : (object["customer_name"] ?? billing?.["name"]), 300);
  return email || name ? { ...(name && { name }), ...(email && { email }) } : undefined;
}

const PAGES: { readonly [object: string]: string } = {
  customer: "customers",
  subscription: "subscriptions",
  invoice: "invoices",
  payment_intent: "payments",
  charge: "payments",
  dispute: "disputes",
};

/** In the dashboard of whoever is logged in there. */
// guess: no page documents the dashboard's addresses.
function urlOf(object: unknown, id: string, live: boolean): string | undefined {
  const page = PAGES[String(object)];
  return page && `https://dashboard.stripe.com/${live ? "" : "test/"}${page}/${encodeURIComponent(id)}`;
}

function text(value: unknown, most: number): string | undefined {
  const trimmed = typeof value === "string" ? value.trim() : "";
  return trimmed === "" ? undefined : trimmed.slice(0, most);
}
