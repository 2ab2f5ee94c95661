import type { Kind } from "../book/book.ts";
import {
  anyOf,
  flag,
  oneOf,
  payment,
  period,
  range,
  same,
  subscriptionStatus,
  withPrice,
} from "./filters.ts";
import type { Filter } from "./list.ts";

/** A kind of object with a list and addresses of its own. */
export interface Resource {
  /** Behind `/v1/`. */
  readonly path: string;
  readonly kind: Kind;
  /** The vendor's word in the names of a restricted key's permissions: `rak_{word}_read`. */
  readonly permission: string;
  readonly filters: Readonly<Record<string, Filter>>;
  /** An earlier list parameter that must be there. */
  readonly needs?: string;
  readonly ascending?: boolean;
}

const COLLECTION = oneOf(["charge_automatically", "send_invoice"]);

/**
 * Filters: the list parameters of the npm package 23.1.0. Words of permissions: the vendor's messages as people quote
 * them (`rak_plan_read` for prices, `rak_charge_read` for charges and refunds).
 */
export const RESOURCES: readonly Resource[] = [
  {
    path: "customers",
    kind: "customer",
    permission: "customer",
    filters: { created: range, email: same(), test_clock: same() },
  },
  {
    path: "subscriptions",
    kind: "subscription",
    permission: "subscription",
    filters: {
      created: range,
      customer: same(),
      price: withPrice,
      plan: withPrice,
      status: subscriptionStatus,
      collection_method: COLLECTION,
      current_period_start: period,
      current_period_end: period,
      test_clock: same(),
    },
  },
  {
    path: "subscription_items",
    kind: "subscription_item",
    permission: "subscription",
    filters: { subscription: same() },
    needs: "subscription",
    ascending: true,
  },
  {
    path: "invoices",
    kind: "invoice",
    permission: "invoice",
    filters: {
      created: range,
      customer: same(),
      subscription: same(),
      status: oneOf(["draft", "open", "paid", "uncollectible", "void"]),
      due_date: range,
      collection_method: COLLECTION,
    },
  },
  {
    path: "invoice_payments",
    kind: "invoice_payment",
    permission: "invoice",
    filters: { created: range, invoice: same(), payment, status: oneOf(["open", "paid", "canceled"]) },
  },
  {
    path: "payment_intents",
    kind: "payment_intent",
    permission: "payment_intent",
    filters: { created: range, customer: same() },
  },
  {
    path: "charges",
    kind: "charge",
    permission: "charge",
    filters: { created: range, customer: same(), payment_intent: same(), transfer_group: same() },
  },
  {
    path: "refunds",
    kind: "refund",
    permission: "charge",
    filters: { created: range, charge: same(), payment_intent: same() },
  },
  {
    path: "disputes",
    kind: "dispute",
    permission: "dispute",
    filters: { created: range, charge: same(), payment_intent: same() },
  },
  {
    path: "credit_notes",
    kind: "credit_note",
    permission: "credit_note",
    filters: { created: range, customer: same(), invoice: same() },
  },
  {
    path: "products",
    kind: "product",
    permission: "product",
    filters: { created: range, active: flag, ids: anyOf((row) => row.id), shippable: flag, url: same() },
  },
  {
    path: "prices",
    kind: "price",
    permission: "plan",
    filters: {
      created: range,
      active: flag,
      currency: same(),
      product: same(),
      lookup_keys: anyOf((row) => row.lookup_key),
      type: oneOf(["one_time", "recurring"]),
    },
  },
  {
    path: "webhook_endpoints",
    kind: "webhook_endpoint",
    permission: "webhook",
    filters: {},
  },
];
