import type { KeyToRead } from "@halo/core";
import { type EventObject, itself } from "./changes.ts";
import { withLines } from "./inner-lists.ts";
import { Invoice } from "./invoice.ts";
import { mainUnits } from "./money.ts";
import { ofCustomer, when } from "./object.ts";
import { stripeStream } from "./stripe-stream.ts";

export const invoiceEvents = [
  "invoice.created",
  "invoice.updated",
  "invoice.finalized",
  "invoice.finalization_failed",
  "invoice.sent",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_succeeded",
  "invoice.payment_action_required",
  "invoice.overdue",
  "invoice.marked_uncollectible",
  "invoice.voided",
  "invoice.deleted",
  "invoice_payment.paid",
] as const;

/** A payment of an invoice names it; an upcoming one has no id yet. */
export const keyOfInvoice = (object: EventObject): KeyToRead | undefined =>
  itself(object, "invoice") ?? (typeof object.invoice === "string" ? { key: object.invoice } : undefined);

/** What was billed. A draft can be deleted, and is then gone here too. */
export const invoices = stripeStream<Invoice>({
  id: "invoices",
  name: "Invoices",
  record: Invoice,
  key: ({ id }) => id,
  lists: [{ path: "/v1/invoices" }],
  pathOf: ({ key }) => `/v1/invoices/${encodeURIComponent(key)}`,
  complete: withLines,
  events: invoiceEvents,
  keyOf: keyOfInvoice,
  columns: {
    customer_id: "text",
    subscription_id: "text",
    number: "text",
    status: "text",
    currency: "text",
    subtotal: "numeric",
    total: "numeric",
    amount_due: "numeric",
    amount_paid: "numeric",
    amount_remaining: "numeric",
    customer_email: "text",
    billing_reason: "text",
    collection_method: "text",
    attempt_count: "bigint",
    next_payment_attempt: "timestamptz",
    due_date: "timestamptz",
    period_start: "timestamptz",
    period_end: "timestamptz",
    finalized_at: "timestamptz",
    paid_at: "timestamptz",
    voided_at: "timestamptz",
    url: "text",
    is_live: "boolean",
    created_at: "timestamptz",
  },
  row: (invoice) => {
    const money = (minor: number | null | undefined) => mainUnits(minor, invoice.currency);
    const { finalized_at, paid_at, voided_at } = invoice.status_transitions ?? {};
    return {
      customer_id: invoice.customer,
      subscription_id: invoice.parent?.subscription_details?.subscription,
      number: invoice.number,
      status: invoice.status,
      currency: invoice.currency,
      subtotal: money(invoice.subtotal),
      total: money(invoice.total),
      amount_due: money(invoice.amount_due),
      amount_paid: money(invoice.amount_paid),
      amount_remaining: money(invoice.amount_remaining),
      customer_email: invoice.customer_email,
      billing_reason: invoice.billing_reason,
      collection_method: invoice.collection_method,
      attempt_count: invoice.attempt_count,
      next_payment_attempt: when(invoice.next_payment_attempt),
      due_date: when(invoice.due_date),
      period_start: when(invoice.period_start),
      period_end: when(invoice.period_end),
      finalized_at: when(finalized_at),
      paid_at: when(paid_at),
      voided_at: when(voided_at),
      url: invoice.hosted_invoice_url,
      is_live: invoice.livemode,
      created_at: when(invoice.created),
    };
  },
  links: ({ customer }) => ofCustomer(customer),
});
