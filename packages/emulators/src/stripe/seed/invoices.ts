import type { Random } from "../../random.ts";
import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import { type InvoiceStatus, invoice, invoicePayment, lineItem } from "../objects/invoice.ts";
import { charge, paymentIntent, refund } from "../objects/payment.ts";
import type { Fate } from "./subscriptions.ts";

export interface InvoiceSeed {
  readonly payer: StripeObject;
  readonly subscription: StripeObject;
  readonly items: readonly StripeObject[];
  readonly start: number;
  readonly end: number;
  readonly first: boolean;
  readonly fate: Fate;
  /** Of a trial: it costs nothing. */
  readonly free: boolean;
  readonly random: Random;
}

const DAY = 86_400;
const STATUS: Readonly<Record<Fate, InvoiceStatus>> = {
  paid: "paid",
  open: "open",
  failed: "open",
  uncollectible: "uncollectible",
  draft: "draft",
  void: "void",
};

/** An invoice with its lines, and what was paid for it. */
export function seedInvoice(book: Book, seed: InvoiceSeed): StripeObject {
  const { end, fate, first, free, items, payer, start, subscription } = seed;
  const priced = items.map((item) => ({ item, price: book.need("price", String(item.price)) }));
  const amountOf = ({ item, price }: (typeof priced)[number]) =>
    free ? 0 : Number(price.unit_amount ?? 0) * Number(item.quantity ?? 0);
  const total = priced.reduce((sum, one) => sum + amountOf(one), 0);
  const serial = Number(payer.next_invoice_sequence);
  const billed = invoice(book, {
    customer: payer,
    currency: String(subscription.currency),
    status: STATUS[fate],
    total,
    subscription: subscription.id,
    created: start,
    billing_reason: first ? "subscription_create" : "subscription_cycle",
    number: fate === "draft" ? null : `${payer.invoice_prefix}-${String(serial).padStart(4, "0")}`,
    period_start: first ? start : start - 30 * DAY,
    period_end: start,
  });
  if (fate !== "draft") payer.next_invoice_sequence = serial + 1;
  book.tables.invoice.insert(billed);
  for (const one of priced) {
    book.tables.line_item.insert(
      lineItem(book, {
        invoice: billed.id,
        amount: amountOf(one),
        currency: billed.currency as string,
        period: { start, end },
        item: one.item,
        priced: one.price,
        description: `${one.item.quantity ?? 0} × ${one.price.nickname ?? one.price.id}`,
        created: start,
      }),
    );
  }
  if (total > 0 && fate !== "draft" && fate !== "void") seedPayment(book, seed, billed, total);
  return billed;
}

function seedPayment(
  book: Book,
  { fate, payer, random, start }: InvoiceSeed,
  billed: StripeObject,
  amount: number,
) {
  const paid = fate === "paid";
  const common = { amount, currency: String(billed.currency), customer: payer.id, created: start };
  const intent = paymentIntent(book, {
    ...common,
    status: paid ? "succeeded" : "requires_payment_method",
    description: "Subscription",
  });
  const tried = charge(book, {
    ...common,
    payer,
    payment_intent: intent.id,
    status: paid ? "succeeded" : "failed",
    description: "Subscription",
  });
  intent.latest_charge = tried.id;
  if (paid) intent.payment_method = tried.payment_method;
  else {
    intent.last_payment_error = {
      charge: tried.id,
      code: "card_declined",
      decline_code: "generic_decline",
      message: "Your card was declined.",
      type: "card_error",
    };
    Object.assign(billed, { attempt_count: 1, attempted: true });
    if (fate === "failed") billed.next_payment_attempt = start + 3 * DAY;
    payer.delinquent = true;
  }
  book.tables.payment_intent.insert(intent);
  book.tables.charge.insert(tried);
  book.tables.invoice_payment.insert(invoicePayment(book, { invoice: billed, payment_intent: intent }));
  if (!paid || !random.chance(0.08)) return;
  const back = random.chance(0.5) ? amount : Math.max(1, Math.floor(amount / 3));
  tried.amount_refunded = back;
  tried.refunded = back === amount;
  book.tables.refund.insert(
    refund(book, tried, { amount: back, reason: "requested_by_customer", created: start + DAY }),
  );
}
