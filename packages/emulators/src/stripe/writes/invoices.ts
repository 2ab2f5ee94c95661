import { refusedAtWork } from "../api/errors.ts";
import type { StripeObject } from "../book/table.ts";
import { invoice, invoicePayment, lineItem } from "../objects/invoice.ts";
import { charge, paymentIntent } from "../objects/payment.ts";
import { add, change, type Scene } from "./scene.ts";

const DAY = 86_400;

/** Bills the present period of a subscription; it is paid at once unless that is to fail. */
export function billPeriod(
  scene: Scene,
  subscription: StripeObject,
  {
    fails = false,
    free,
    reason,
  }: { readonly reason: string; readonly free: boolean; readonly fails?: boolean },
): StripeObject {
  const { book, now } = scene;
  const payer = book.need("customer", String(subscription.customer));
  const items = [...(book.tables.subscription_item.by("subscription", subscription.id) ?? [])];
  const priced = items.map((item) => ({ item, price: book.need("price", String(item.price)) }));
  const amountOf = ({ item, price }: (typeof priced)[number]) =>
    free ? 0 : Number(price.unit_amount ?? 0) * Number(item.quantity ?? 0);
  const made = draft(scene, payer, {
    currency: String(subscription.currency),
    total: priced.reduce((sum, one) => sum + amountOf(one), 0),
    subscription: subscription.id,
    billing_reason: reason,
  });
  for (const one of priced) {
    add(
      scene,
      lineItem(book, {
        invoice: made.id,
        amount: amountOf(one),
        currency: String(made.currency),
        period: { start: Number(one.item.current_period_start), end: Number(one.item.current_period_end) },
        item: one.item,
        priced: one.price,
        description: free
          ? `Trial period for ${one.price.nickname}`
          : `${one.item.quantity ?? 0} × ${one.price.nickname}`,
        created: now,
      }),
    );
  }
  scene.tell("invoice.created", made);
  change(scene, "customer.subscription.updated", subscription, { latest_invoice: made.id });
  const collects = subscription.pause_collection === null;
  if (!collects) return made;
  finalizeInvoice(scene, made);
  if (fails) failInvoice(scene, made);
  else payInvoice(scene, made);
  return made;
}

/** An invoice that stands alone. */
export function createInvoice(
  scene: Scene,
  payer: StripeObject,
  given: { readonly amount: number; readonly currency: string; readonly description?: string },
): StripeObject {
  const { amount, currency, description = "Service" } = given;
  const made = draft(scene, payer, { currency, total: amount, billing_reason: "manual" });
  const period = { start: scene.now, end: scene.now };
  add(
    scene,
    lineItem(scene.book, { invoice: made.id, amount, currency, period, description, created: scene.now }),
  );
  scene.tell("invoice.created", made);
  return made;
}

function draft(
  { book, now }: Scene,
  payer: StripeObject,
  given: { currency: string; total: number; billing_reason: string; subscription?: string },
): StripeObject {
  const made = invoice(book, { ...given, customer: payer, status: "draft", created: now });
  book.tables.invoice.insert(made);
  return made;
}

/** It gets its number and can be paid; credit of the customer is taken off. */
export function finalizeInvoice(scene: Scene, made: StripeObject): void {
  requireStatus(made, ["draft"], "finalized");
  const { book, now } = scene;
  const payer = book.need("customer", String(made.customer));
  const balance = Number(payer.balance);
  const due = Math.max(0, Number(made.total) + balance);
  const ending = Math.min(0, Number(made.total) + balance);
  const serial = Number(payer.next_invoice_sequence);
  change(scene, undefined, made, {
    status: "open",
    number: `${payer.invoice_prefix}-${String(serial).padStart(4, "0")}`,
    amount_due: due,
    amount_remaining: due,
    starting_balance: balance,
    ending_balance: ending,
    effective_at: now,
    automatically_finalizes_at: null,
    hosted_invoice_url: `https://invoice.stripe.com/i/${book.account.id}/${made.id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/${book.account.id}/${made.id}/pdf`,
    status_transitions: { ...(made.status_transitions as object), finalized_at: now },
    webhooks_delivered_at: now,
  });
  change(scene, "customer.updated", payer, { next_invoice_sequence: serial + 1, balance: ending });
  scene.tell("invoice.finalized", made);
}

export function payInvoice(scene: Scene, made: StripeObject): void {
  if (made.status === "draft") finalizeInvoice(scene, made);
  requireStatus(made, ["open", "uncollectible"], "paid");
  const amount = Number(made.amount_remaining);
  if (amount > 0) attempt(scene, made, amount, true);
  change(scene, "invoice.updated", made, {
    status: "paid",
    attempted: true,
    attempt_count: Number(made.attempt_count) + 1,
    amount_paid: Number(made.amount_paid) + amount,
    amount_remaining: 0,
    next_payment_attempt: null,
    status_transitions: { ...(made.status_transitions as object), paid_at: scene.now },
  });
  scene.tell("invoice.paid", made);
  scene.tell("invoice.payment_succeeded", made);
  const owner = subscriptionOf(scene, made);
  if (owner?.status === "past_due" || owner?.status === "incomplete" || owner?.status === "unpaid")
    change(scene, "customer.subscription.updated", owner, { status: "active" });
}

/** The card was declined; the invoice stays open, its subscription is past due. */
export function failInvoice(scene: Scene, made: StripeObject): void {
  if (made.status === "draft") finalizeInvoice(scene, made);
  requireStatus(made, ["open"], "tried");
  attempt(scene, made, Number(made.amount_remaining), false);
  change(scene, "invoice.updated", made, {
    attempted: true,
    attempt_count: Number(made.attempt_count) + 1,
    next_payment_attempt: scene.now + 3 * DAY,
  });
  scene.tell("invoice.payment_failed", made);
  const owner = subscriptionOf(scene, made);
  if (owner?.status === "active")
    change(scene, "customer.subscription.updated", owner, { status: "past_due" });
  const payer = scene.book.need("customer", String(made.customer));
  change(scene, "customer.updated", payer, { delinquent: true });
}

const subscriptionOf = ({ book }: Scene, made: StripeObject): StripeObject | undefined => {
  const parent = made.parent as { subscription_details?: { subscription: string } } | null;
  return book.tables.subscription.get(parent?.subscription_details?.subscription ?? "");
};

/** A payment intent with its charge, tied to the invoice where there is one. */
function attempt(scene: Scene, made: StripeObject, amount: number, succeeds: boolean): void {
  const { book, now } = scene;
  const intent = pay(scene, {
    amount,
    currency: String(made.currency),
    customer: String(made.customer),
    succeeds,
  });
  const paid = invoicePayment(book, { invoice: made, payment_intent: intent, created: now });
  add(scene, paid, succeeds ? "invoice_payment.paid" : undefined);
}

/** Money for something else than an invoice. */
export function pay(
  scene: Scene,
  given: {
    readonly amount: number;
    readonly currency: string;
    readonly customer: string;
    readonly succeeds?: boolean;
    readonly description?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  },
): StripeObject {
  const { book, now } = scene;
  const { succeeds = true, ...fields } = given;
  const payer = book.need("customer", given.customer);
  const intent = paymentIntent(book, { ...fields, status: "requires_payment_method", created: now });
  add(scene, intent, "payment_intent.created");
  const tried = charge(book, {
    ...fields,
    payer,
    payment_intent: intent.id,
    status: succeeds ? "succeeded" : "failed",
    created: now,
  });
  add(scene, tried);
  intent.latest_charge = tried.id;
  if (succeeds) {
    Object.assign(intent, {
      status: "succeeded",
      amount_received: given.amount,
      payment_method: tried.payment_method,
    });
    scene.tell("charge.succeeded", tried);
    scene.tell("payment_intent.succeeded", intent);
  } else {
    intent.last_payment_error = {
      charge: tried.id,
      code: "card_declined",
      decline_code: "generic_decline",
      message: "Your card was declined.",
      type: "card_error",
    };
    scene.tell("charge.failed", tried);
    scene.tell("payment_intent.payment_failed", intent);
  }
  return intent;
}

export function voidInvoice(scene: Scene, made: StripeObject): void {
  requireStatus(made, ["open", "uncollectible"], "voided");
  change(scene, undefined, made, {
    status: "void",
    amount_remaining: 0,
    status_transitions: { ...(made.status_transitions as object), voided_at: scene.now },
  });
  scene.tell("invoice.voided", made);
}

export function markUncollectible(scene: Scene, made: StripeObject): void {
  requireStatus(made, ["open"], "marked uncollectible");
  change(scene, undefined, made, {
    status: "uncollectible",
    status_transitions: { ...(made.status_transitions as object), marked_uncollectible_at: scene.now },
  });
  scene.tell("invoice.marked_uncollectible", made);
}

/** Only drafts can go; nothing of them remains. */
export function deleteInvoice(scene: Scene, made: StripeObject): void {
  requireStatus(made, ["draft"], "deleted");
  scene.tell("invoice.deleted", made);
  for (const line of [...(scene.book.tables.line_item.by("invoice", made.id) ?? [])])
    scene.book.tables.line_item.remove(line.id);
  scene.book.tables.invoice.remove(made.id);
}

function requireStatus(made: StripeObject, statuses: readonly string[], verb: string): void {
  if (statuses.includes(String(made.status))) return;
  throw refusedAtWork({
    code: "invoice_not_editable",
    message: `An invoice with status ${made.status} cannot be ${verb}.`,
  });
}
