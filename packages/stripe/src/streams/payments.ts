import type { KeyToRead } from "@halo/core";
import type { EventObject } from "./changes.ts";
import { mainUnits } from "./money.ts";
import { ofCustomer, when } from "./object.ts";
import { type Charge, Payment } from "./payment.ts";
import { stripeStream } from "./stripe-stream.ts";

const LISTS: { readonly [kind: string]: string } = {
  payment_intent: "/v1/payment_intents",
  charge: "/v1/charges",
  refund: "/v1/refunds",
};

/** By the beginnings of ids, which are no contract: for keys that come without their kind. `py` is of bank debits. */
const KINDS: { readonly [prefix: string]: string } = {
  pi: "payment_intent",
  ch: "charge",
  py: "charge",
  re: "refund",
  pyr: "refund",
};

export const paymentEvents = [
  "payment_intent.created",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "charge.pending",
  "charge.succeeded",
  "charge.failed",
  "charge.captured",
  "charge.expired",
  "charge.updated",
  "charge.refunded",
  "charge.refund.updated",
  "charge.dispute.created",
  "charge.dispute.closed",
  "refund.created",
  "refund.updated",
  "refund.failed",
] as const;

/** A dispute is of a charge. */
export function keyOfPayment({ charge, id, object }: EventObject): KeyToRead | undefined {
  if (object === "dispute") return typeof charge === "string" ? { key: charge, hint: "charge" } : undefined;
  return id && object && Object.hasOwn(LISTS, object) ? { key: id, hint: object } : undefined;
}

/** Money that moved or was to: payment intents, charges and refunds, each a record of its own kind. */
export const payments = stripeStream<Payment>({
  id: "payments",
  name: "Payments",
  record: Payment,
  key: ({ id }) => id,
  lists: Object.values(LISTS).map((path) => ({ path })),
  pathOf: ({ hint, key }) => {
    const list = LISTS[typeof hint === "string" ? hint : (KINDS[key.split("_", 1)[0] ?? ""] ?? "")];
    return list === undefined ? undefined : `${list}/${encodeURIComponent(key)}`;
  },
  events: paymentEvents,
  keyOf: keyOfPayment,
  columns: {
    kind: "text",
    customer_id: "text",
    status: "text",
    amount: "numeric",
    amount_received: "numeric",
    amount_refunded: "numeric",
    currency: "text",
    payment_intent_id: "text",
    charge_id: "text",
    is_refunded: "boolean",
    is_disputed: "boolean",
    reason: "text",
    failure_code: "text",
    description: "text",
    url: "text",
    created_at: "timestamptz",
  },
  row: (payment) => ({
    kind: payment.object,
    customer_id: payment.customer,
    status: payment.status,
    amount: mainUnits(payment.amount, payment.currency),
    currency: payment.currency,
    created_at: when(payment.created),
    ...ownColumns(payment),
  }),
  links: ({ customer }) => ofCustomer(customer),
  // Charges alone: a payment intent is the same money, and a refund is taken off its charge.
  revenue: (payment) => {
    if (payment.object !== "charge" || payment.status !== "succeeded" || !payment.customer) return undefined;
    const received = receivedOf(payment);
    return {
      payer: { stream: "customers", key: payment.customer },
      currency: payment.currency,
      paid: mainUnits(received - (payment.amount_refunded ?? 0), payment.currency),
      paidAt: received > 0 ? (when(payment.created) ?? undefined) : undefined,
      isTest: payment.livemode === false,
    };
  },
});

const receivedOf = ({ amount, amount_captured, captured }: Charge): number =>
  amount_captured ?? (captured === false ? 0 : amount);

function ownColumns(payment: Payment): { readonly [column: string]: unknown } {
  const money = (minor: number | null | undefined) => mainUnits(minor, payment.currency);
  switch (payment.object) {
    case "payment_intent":
      return {
        amount_received: money(payment.amount_received),
        charge_id: payment.latest_charge,
        failure_code: payment.last_payment_error?.decline_code ?? payment.last_payment_error?.code,
        description: payment.description,
      };
    case "charge":
      return {
        amount_received: money(receivedOf(payment)),
        amount_refunded: money(payment.amount_refunded),
        payment_intent_id: payment.payment_intent,
        is_refunded: payment.refunded,
        is_disputed: payment.disputed,
        failure_code: payment.failure_code,
        description: payment.description,
        url: payment.receipt_url,
      };
    case "refund":
      return {
        payment_intent_id: payment.payment_intent,
        charge_id: payment.charge,
        reason: payment.reason,
        failure_code: payment.failure_reason,
      };
  }
}
