import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

type Fields = Readonly<Record<string, unknown>>;

export type InvoiceStatus = "draft" | "open" | "paid" | "uncollectible" | "void";

export interface NewInvoice extends Fields {
  readonly customer: StripeObject;
  readonly currency: string;
  readonly status: InvoiceStatus;
  readonly total: number;
  /** The subscription that it bills. */
  readonly subscription?: string;
}

/** Without its lines, which stand in their own table. */
export function invoice(book: Book, { customer, subscription, total, ...given }: NewInvoice): StripeObject {
  const id = book.newId("invoice");
  const created = Number(given.created ?? book.now());
  const paid = given.status === "paid";
  const final = given.status !== "draft";
  return {
    id,
    object: "invoice",
    account_country: book.account.country,
    account_name: book.account.name,
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: paid ? total : 0,
    amount_remaining: paid ? 0 : total,
    amount_shipping: 0,
    application: null,
    attempt_count: paid ? 1 : 0,
    attempted: paid,
    auto_advance: !final,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: final ? null : created + 3_600,
    billing_reason: subscription === undefined ? "manual" : "subscription_cycle",
    collection_method: "charge_automatically",
    created,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: customer.phone,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt,
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: final ? created : null,
    ending_balance: final ? 0 : null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: final ? `https://invoice.stripe.com/i/${book.account.id}/${id}` : null,
    invoice_pdf: final ? `https://pay.stripe.com/invoice/${book.account.id}/${id}/pdf` : null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    livemode: book.livemode,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent:
      subscription === undefined
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: {}, subscription },
            type: "subscription_details",
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: created,
    period_start: created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status_transitions: {
      finalized_at: final ? created : null,
      marked_uncollectible_at: given.status === "uncollectible" ? created : null,
      paid_at: paid ? created : null,
      voided_at: given.status === "void" ? created : null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: final ? created : null,
    ...given,
  };
}

export interface NewLine extends Fields {
  readonly invoice: string;
  readonly amount: number;
  readonly currency: string;
  readonly period: { readonly start: number; readonly end: number };
  readonly item?: StripeObject;
  readonly priced?: StripeObject;
}

export function lineItem(book: Book, { item, priced, ...given }: NewLine): StripeObject {
  const subscription = (item?.subscription as string | undefined) ?? null;
  return {
    id: book.newId("line_item"),
    object: "line_item",
    created: book.now(),
    description: null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    livemode: book.livemode,
    metadata: {},
    parent: item
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            invoice_item: null,
            proration: false,
            proration_details: { credited_items: null },
            subscription,
            subscription_item: item.id,
          },
          type: "subscription_item_details",
        }
      : {
          invoice_item_details: {
            invoice_item: book.newName("ii"),
            proration: false,
            proration_details: { credited_items: null },
            subscription: null,
          },
          subscription_item_details: null,
          type: "invoice_item_details",
        },
    pretax_credit_amounts: [],
    pricing: priced
      ? {
          price_details: { price: priced.id, product: priced.product },
          type: "price_details",
          unit_amount_decimal: priced.unit_amount_decimal,
        }
      : null,
    quantity: (item?.quantity as number | undefined) ?? 1,
    quantity_decimal: String(item?.quantity ?? 1),
    subscription,
    subtotal: given.amount,
    taxes: [],
    ...given,
  };
}

export function invoicePayment(
  book: Book,
  given: Fields & { readonly invoice: StripeObject; readonly payment_intent: StripeObject },
): StripeObject {
  const { invoice: billed, payment_intent: intent, ...rest } = given;
  const paid = intent.status === "succeeded";
  return {
    id: book.newId("invoice_payment"),
    object: "invoice_payment",
    amount_paid: paid ? intent.amount : null,
    amount_requested: intent.amount,
    created: intent.created,
    currency: intent.currency,
    invoice: billed.id,
    is_default: true,
    livemode: book.livemode,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: paid ? "paid" : "open",
    status_transitions: { canceled_at: null, paid_at: paid ? intent.created : null },
    ...rest,
  };
}
