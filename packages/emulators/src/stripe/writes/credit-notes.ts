import { badParameter, refusedAtWork } from "../api/errors.ts";
import type { StripeObject } from "../book/table.ts";
import { creditNote, creditNoteLine } from "../objects/credit-note.ts";
import { adjustBalance } from "./balance.ts";
import { refundCharge } from "./refunds.ts";
import { add, change, money, type Scene } from "./scene.ts";

export interface NewCreditNote {
  readonly amount: number;
  /** Parts of what was paid already: back to the card, to the customer's balance, or outside of the vendor. */
  readonly refundAmount?: number | undefined;
  readonly creditAmount?: number | undefined;
  readonly outOfBandAmount?: number | undefined;
  readonly reason?: string | undefined;
  readonly memo?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface CreditPlan {
  readonly pre: number;
  readonly post: number;
}

/** How a note divides into what was not paid yet and what was; throws where it does not fit the invoice. */
export function planCreditNote(billed: StripeObject, given: NewCreditNote): CreditPlan {
  const currency = String(billed.currency);
  if (given.amount < 1) throw badParameter("amount", "parameter_invalid_integer", "Invalid positive integer");
  if (billed.status !== "open" && billed.status !== "paid") {
    // guess: the words.
    throw refusedAtWork({
      message: `Credit notes can only be created for open or paid invoices; this one is ${billed.status}.`,
      param: "invoice",
    });
  }
  const noted =
    Number(billed.pre_payment_credit_notes_amount) + Number(billed.post_payment_credit_notes_amount);
  const left = Number(billed.total) - noted;
  if (given.amount > left) {
    throw refusedAtWork({
      message: `The credit note's amount (${money(given.amount, currency)}) is greater than what is left to credit on the invoice (${money(left, currency)}).`,
      param: "amount",
    });
  }
  const pre = billed.status === "open" ? Math.min(given.amount, Number(billed.amount_remaining)) : 0;
  const post = given.amount - pre;
  const { creditAmount = 0, outOfBandAmount = 0, refundAmount = 0 } = given;
  const named = creditAmount + outOfBandAmount + refundAmount;
  if (named !== post) {
    throw refusedAtWork({
      message: `The sum of credit amount, refund amount and out of band amount (${money(named, currency)}) must equal the post payment amount (${money(post, currency)}).`,
    });
  }
  return { pre, post };
}

export function createCreditNote(scene: Scene, billed: StripeObject, given: NewCreditNote): StripeObject {
  const { book, now } = scene;
  const plan = planCreditNote(billed, given);
  const payer = book.need("customer", String(billed.customer));
  const refunded = given.refundAmount
    ? refundCharge(scene, chargeOf(scene, billed), { amount: given.refundAmount })
    : undefined;
  const made = creditNote(book, billed, { ...given, ...plan, refunded, created: now });
  if (given.creditAmount) {
    const moved = adjustBalance(scene, payer, {
      amount: -given.creditAmount,
      currency: String(billed.currency),
      type: "credit_note",
      credit_note: made.id,
    });
    made.customer_balance_transaction = moved.id;
  }
  add(scene, made);
  add(scene, creditNoteLine(book, made, given.amount));
  scene.tell("credit_note.created", made);
  const remaining = Number(billed.amount_remaining) - plan.pre;
  change(scene, "invoice.updated", billed, {
    amount_remaining: remaining,
    pre_payment_credit_notes_amount: Number(billed.pre_payment_credit_notes_amount) + plan.pre,
    post_payment_credit_notes_amount: Number(billed.post_payment_credit_notes_amount) + plan.post,
    ...(remaining === 0 && {
      status: "paid",
      status_transitions: { ...(billed.status_transitions as object), paid_at: now },
    }),
  });
  return made;
}

/** Takes back what only lowered an open invoice. */
export function voidCreditNote(scene: Scene, note: StripeObject): void {
  if (note.status === "void") throw refusedAtWork({ message: "This credit note is already void." });
  if (Number(note.post_payment_amount) > 0) {
    throw refusedAtWork({ message: "You cannot void a credit note whose amount was refunded or credited." });
  }
  const billed = scene.book.need("invoice", String(note.invoice));
  if (billed.status !== "open") {
    throw refusedAtWork({ message: "You can only void a credit note that is on an open invoice." });
  }
  const pre = Number(note.pre_payment_amount);
  change(scene, "invoice.updated", billed, {
    amount_remaining: Number(billed.amount_remaining) + pre,
    pre_payment_credit_notes_amount: Number(billed.pre_payment_credit_notes_amount) - pre,
  });
  change(scene, undefined, note, { status: "void", voided_at: scene.now });
  scene.tell("credit_note.voided", note);
}

/** The charge that paid an invoice. */
function chargeOf({ book }: Scene, billed: StripeObject): StripeObject {
  for (const paid of book.tables.invoice_payment.by("invoice", billed.id) ?? []) {
    const { payment_intent = "" } = paid.payment as { payment_intent?: string };
    const intent = book.tables.payment_intent.get(payment_intent);
    const found = book.tables.charge.get(String(intent?.latest_charge ?? ""));
    if (found?.status === "succeeded") return found;
  }
  throw refusedAtWork({ message: "There is no payment on this invoice to refund.", param: "refund_amount" });
}
