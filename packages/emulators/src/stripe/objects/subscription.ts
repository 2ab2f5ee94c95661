import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

type Fields = Readonly<Record<string, unknown>>;

export type SubscriptionStatus =
  | "incomplete"
  | "incomplete_expired"
  | "trialing"
  | "active"
  | "past_due"
  | "canceled"
  | "unpaid"
  | "paused";

export interface NewSubscription extends Fields {
  readonly customer: string;
  readonly currency: string;
  readonly status: SubscriptionStatus;
}

/** Without its items, which stand in their own table. */
export function subscription(book: Book, given: NewSubscription): StripeObject {
  const created = Number(given.created ?? book.now());
  return {
    id: book.newId("subscription"),
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: created,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: "classic" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    latest_invoice: null,
    livemode: book.livemode,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" },
    },
    trial_start: null,
    ...given,
  };
}

export interface NewItem extends Fields {
  readonly subscription: string;
  /** Its id; the object is put in when it is shown. */
  readonly price: string;
  readonly current_period_start: number;
  readonly current_period_end: number;
}

export function subscriptionItem(book: Book, given: NewItem): StripeObject {
  return {
    id: book.newId("subscription_item"),
    object: "subscription_item",
    billing_thresholds: null,
    created: book.now(),
    current_trial: null,
    discounts: [],
    metadata: {},
    quantity: 1,
    tax_rates: [],
    ...given,
  };
}
