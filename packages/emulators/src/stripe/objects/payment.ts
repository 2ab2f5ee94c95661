import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface NewPayment extends Fields {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
}

export function paymentIntent(book: Book, given: NewPayment & { readonly status: string }): StripeObject {
  const id = book.newId("payment_intent");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_details: { tip: {} },
    amount_capturable: 0,
    amount_received: given.status === "succeeded" ? given.amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic",
    client_secret: `${id}_secret_${id.slice(-20)}`,
    confirmation_method: "automatic",
    created: book.now(),
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: book.livemode,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

export function charge(
  book: Book,
  { payer, ...given }: NewPayment & { readonly status: string; readonly payer?: StripeObject },
): StripeObject {
  const failed = given.status === "failed";
  const succeeded = given.status === "succeeded";
  const id = book.newId("charge");
  return {
    id,
    object: "charge",
    amount_captured: succeeded ? given.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: succeeded ? book.newName("txn") : null,
    billing_details: {
      address: payer?.address ?? null,
      email: payer?.email ?? null,
      name: payer?.name ?? null,
      phone: payer?.phone ?? null,
      tax_id: null,
    },
    calculated_statement_descriptor: succeeded
      ? book.account.name
          .toUpperCase()
          .replace(/[^A-Z0-9 ]/g, "")
          .slice(0, 22)
      : null,
    captured: succeeded,
    created: book.now(),
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failed ? "card_declined" : null,
    failure_message: failed ? "Your card was declined." : null,
    fraud_details: {},
    livemode: book.livemode,
    metadata: {},
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: failed ? "05" : null,
      network_status: failed ? "declined_by_network" : "approved_by_network",
      reason: failed ? "generic_decline" : null,
      risk_level: "normal",
      seller_message: failed ? "The bank did not return any further details." : "Payment complete.",
      type: failed ? "issuer_declined" : "authorized",
    },
    paid: succeeded,
    payment_intent: null,
    payment_method: book.newName("pm"),
    payment_method_details: { card: card(book, given.amount), type: "card" },
    receipt_email: null,
    receipt_number: null,
    receipt_url: succeeded ? `https://pay.stripe.com/receipts/payment/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

export function refund(
  book: Book,
  of: StripeObject,
  given: Fields & { readonly amount: number },
): StripeObject {
  return {
    id: book.newId("refund"),
    object: "refund",
    balance_transaction: book.newName("txn"),
    charge: of.id,
    created: book.now(),
    currency: of.currency,
    customer: of.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: {},
    payment_intent: of.payment_intent,
    payment_method: of.payment_method,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
    ...given,
  };
}

/** What a charge tells of the card that was used. */
const card = (book: Book, amount: number): Fields => ({
  amount_authorized: amount,
  authorization_code: null,
  brand: "visa",
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
  country: book.account.country,
  exp_month: 8,
  exp_year: 2030,
  extended_authorization: { status: "disabled" },
  fingerprint: book.account.id.slice(-16),
  funding: "credit",
  incremental_authorization: { status: "unavailable" },
  installments: null,
  last4: "4242",
  mandate: null,
  multicapture: { status: "unavailable" },
  network: "visa",
  network_token: { used: false },
  network_transaction_id: null,
  overcapture: { maximum_amount_capturable: amount, status: "unavailable" },
  regulated_status: "unregulated",
  three_d_secure: null,
  transaction_link_id: null,
  wallet: null,
});
