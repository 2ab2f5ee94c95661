import type { RecordRef } from "./customer.ts";

/** Decimals in the main unit ("49.00"), by the currency's ISO 4217 code in lower case; never added up across. */
export type Amounts = { readonly [currency: string]: string };

/**
 * What one record says of the money of a company: a subscription what it brings in a month, a payment what was paid.
 * The entries of all records that name a payer are summed, currency by currency, and count for the company that the
 * payer's record is about. Those of test mode are never summed with others.
 */
export interface RevenueEntry {
  /** The payer's record, of the same connection. */
  readonly payer: RecordRef;
  /** ISO 4217, of `mrr` and `paid`. */
  readonly currency?: string | undefined;
  /** Brought in by the month, a decimal in the main unit. */
  readonly mrr?: string | undefined;
  /** Paid, less what was given back, a decimal in the main unit. */
  readonly paid?: string | undefined;
  readonly paidAt?: Date | undefined;
  /** Of the vendor's test mode: it counts for a company only while no record of live mode does. Default false. */
  readonly isTest?: boolean | undefined;
  readonly subscription?: SubscriptionStanding | undefined;
}

export interface SubscriptionStanding {
  /** In the vendor's words. */
  readonly status: string;
  /** Of several, the greatest standing is the company's: 100 active, 0 over for long. */
  readonly standing: number;
  readonly plan?: string | undefined;
  /** A payment is due that did not come. */
  readonly delinquent?: boolean | undefined;
  readonly renewsAt?: Date | undefined;
  /** It is over, or set to be, then. */
  readonly cancelsAt?: Date | undefined;
  readonly interval?: BillingInterval | undefined;
}

export const billingIntervals = ["monthly", "quarterly", "annual", "bi_annual"] as const;
export type BillingInterval = (typeof billingIntervals)[number];

/** What all entries make of a company. */
export interface CompanyRevenue {
  /** The payer's id at the vendor; of several, the one with the best subscription, then the one that paid last. */
  readonly billingCustomerId: string | undefined;
  readonly subscriptionStatus: string | undefined;
  readonly plan: string | undefined;
  readonly mrr: Amounts;
  readonly lifetimeValue: Amounts;
  readonly lastPaymentAt: Date | undefined;
  readonly delinquent: boolean | undefined;
  readonly renewsAt: Date | undefined;
  readonly cancelsAt: Date | undefined;
  readonly billingInterval: BillingInterval | undefined;
}
