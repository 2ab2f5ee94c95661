import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

const EVIDENCE = [
  ..."access_activity_log billing_address cancellation_policy cancellation_policy_disclosure".split(" "),
  ..."cancellation_rebuttal customer_communication customer_email_address customer_name".split(" "),
  ..."customer_purchase_ip customer_signature duplicate_charge_documentation".split(" "),
  ..."duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy".split(" "),
  ..."refund_policy_disclosure refund_refusal_explanation service_date service_documentation".split(" "),
  ..."shipping_address shipping_carrier shipping_date shipping_documentation".split(" "),
  ..."shipping_tracking_number uncategorized_file uncategorized_text".split(" "),
];

/** A cardholder takes a payment back. */
export function dispute(
  book: Book,
  of: StripeObject,
  given: Readonly<Record<string, unknown>> = {},
): StripeObject {
  const created = book.now();
  return {
    id: book.newId("dispute"),
    object: "dispute",
    amount: of.amount,
    balance_transactions: [],
    charge: of.id,
    created,
    currency: of.currency,
    enhanced_eligibility_types: [],
    evidence: { ...Object.fromEntries(EVIDENCE.map((name) => [name, null])), enhanced_evidence: {} },
    evidence_details: {
      due_by: created + 9 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: book.livemode,
    metadata: {},
    payment_intent: of.payment_intent,
    payment_method_details: {
      card: { brand: "visa", case_type: "chargeback", network: "visa", network_reason_code: "10.4" },
      type: "card",
    },
    reason: "fraudulent",
    status: "needs_response",
    ...given,
  };
}
