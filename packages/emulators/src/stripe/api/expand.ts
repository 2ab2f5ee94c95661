import type { Kind } from "../book/book.ts";
import { refuse } from "./errors.ts";
import { listParam, type Params } from "./params.ts";

/** What is to be put in place of an id, and what inside of that. */
export interface Expansion {
  readonly [field: string]: Expansion;
}

/** Levels counted in dots; `data.` of a list is one (D:expand). */
const MAX_LEVELS = 4;

export function readExpansion(params: Params): Expansion {
  const root: Record<string, Expansion> = {};
  for (const path of listParam(params, "expand") ?? []) {
    const fields = path.split(".");
    if (fields.length > MAX_LEVELS) {
      throw refuse(400, {
        message: `You cannot expand more than ${MAX_LEVELS} levels of a property. Property: ${path}`,
        code: "property_expansion_max_depth",
      });
    }
    let at = root;
    for (const field of fields) {
      at[field] ??= {};
      at = at[field] as Record<string, Expansion>;
    }
  }
  return root;
}

export const cannotExpand = (path: string) =>
  refuse(400, {
    message: `This property cannot be expanded (${path}). You may want to try expanding a parent property, or check the API version.`,
  });

/** Fields that hold an id, and the kind of what they name. Dots lead into maps. */
export const REFERENCES: Readonly<Partial<Record<Kind, Readonly<Record<string, Kind>>>>> = {
  subscription: { customer: "customer", latest_invoice: "invoice" },
  subscription_item: { "price.product": "product" },
  price: { product: "product" },
  product: { default_price: "price" },
  invoice: { customer: "customer", "parent.subscription_details.subscription": "subscription" },
  line_item: { subscription: "subscription", "pricing.price_details.price": "price" },
  invoice_payment: { invoice: "invoice", "payment.payment_intent": "payment_intent" },
  payment_intent: { customer: "customer", latest_charge: "charge" },
  charge: { customer: "customer", payment_intent: "payment_intent" },
  refund: { charge: "charge", payment_intent: "payment_intent", customer: "customer" },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
  credit_note: {
    customer: "customer",
    invoice: "invoice",
    customer_balance_transaction: "customer_balance_transaction",
  },
  customer_balance_transaction: { customer: "customer", invoice: "invoice", credit_note: "credit_note" },
};

export interface Inclusion {
  readonly kind: Kind;
  /** The field of the members that names the object. */
  readonly by: string;
  readonly url: (id: string) => string;
  /** Stands there only when it is asked for. */
  readonly onRequest: boolean;
}

/** Lists that stand inside an object. */
export const LISTS: Readonly<Partial<Record<Kind, Readonly<Record<string, Inclusion>>>>> = {
  customer: {
    subscriptions: {
      kind: "subscription",
      by: "customer",
      url: (id) => `/v1/customers/${id}/subscriptions`,
      onRequest: true,
    },
  },
  subscription: {
    items: {
      kind: "subscription_item",
      by: "subscription",
      url: (id) => `/v1/subscription_items?subscription=${id}`,
      onRequest: false,
    },
  },
  invoice: {
    lines: { kind: "line_item", by: "invoice", url: (id) => `/v1/invoices/${id}/lines`, onRequest: false },
    payments: {
      kind: "invoice_payment",
      by: "invoice",
      url: (id) => `/v1/invoice_payments?invoice=${id}`,
      onRequest: true,
    },
  },
  charge: {
    refunds: { kind: "refund", by: "charge", url: (id) => `/v1/charges/${id}/refunds`, onRequest: true },
  },
  credit_note: {
    lines: {
      kind: "credit_note_line_item",
      by: "credit_note",
      url: (id) => `/v1/credit_notes/${id}/lines`,
      onRequest: false,
    },
  },
};
