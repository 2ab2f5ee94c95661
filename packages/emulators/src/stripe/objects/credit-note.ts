import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

export interface CreditNoteInput {
  readonly amount: number;
  readonly pre: number;
  readonly post: number;
  readonly refunded: StripeObject | undefined;
  readonly outOfBandAmount?: number | undefined;
  readonly reason?: string | undefined;
  readonly memo?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly created: number;
}

/** Without its lines, which stand in their own table. */
export function creditNote(book: Book, billed: StripeObject, given: CreditNoteInput): StripeObject {
  const { amount, created, memo = null, metadata = {}, post, pre, reason = null, refunded } = given;
  const id = book.newId("credit_note");
  const serial = book.tables.credit_note.rows.filter((row) => row.invoice === billed.id).length + 1;
  return {
    id,
    object: "credit_note",
    amount,
    amount_shipping: 0,
    created,
    currency: billed.currency,
    customer: billed.customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: created,
    invoice: billed.id,
    livemode: book.livemode,
    memo,
    metadata,
    number: `${billed.number}-CN-${String(serial).padStart(2, "0")}`,
    out_of_band_amount: given.outOfBandAmount ?? null,
    pdf: `https://pay.stripe.com/credit_notes/${book.account.id}/${id}/pdf`,
    post_payment_amount: post,
    pre_payment_amount: pre,
    pretax_credit_amounts: [],
    reason,
    refunds: refunded
      ? [
          {
            amount_refunded: refunded.amount,
            payment_record_refund: null,
            refund: refunded.id,
            type: "refund",
          },
        ]
      : [],
    shipping_cost: null,
    status: "issued",
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: pre > 0 && post > 0 ? "mixed" : pre > 0 ? "pre_payment" : "post_payment",
    voided_at: null,
  };
}

export function creditNoteLine(book: Book, note: StripeObject, amount: number): StripeObject {
  return {
    id: book.newId("credit_note_line_item"),
    object: "credit_note_line_item",
    amount,
    created: note.created,
    // Names its owner in the tables, and is not shown.
    credit_note: note.id,
    description: "Credit",
    discount_amount: 0,
    discount_amounts: [],
    livemode: book.livemode,
    metadata: {},
    pretax_credit_amounts: [],
    quantity: 1,
    tax_rates: [],
    taxes: [],
    type: "custom_line_item",
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
}
