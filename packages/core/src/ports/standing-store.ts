import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { CompanyRevenue } from "../define/revenue.ts";
import type { HealthTier, RenewalStatus, RenewalTerm } from "../segments/fields.ts";
import type { Lease } from "./lease-store.ts";
import type { NewNotification } from "./notification-store.ts";

export type StandingTopic = "health" | "renewals";

/** A customer of whom something changed since they were last looked at. */
export interface ChangedCustomer {
  readonly kind: CustomerKind;
  readonly customerId: string;
  /** Another one with each change. */
  readonly seq: number;
}

export type HealthSignal = "activity" | "support" | "sentiment" | "payment";

/** What a host says of a customer, where Halo cannot know. Null takes it back. */
export interface ReportedSignal {
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly signal: HealthSignal;
  readonly value: Json | null;
  readonly at: Date;
}

/** What a score is made of. */
export interface HealthInputs {
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly name: string | undefined;
  /** Known people of a company; 1 for a person. */
  readonly people: number;
  /** Of these, seen since then. */
  readonly activePeople: number;
  readonly lastSeen: Date | undefined;
  readonly subscriptionStatus: string | undefined;
  readonly delinquent: boolean | undefined;
  readonly reported: { readonly [signal in HealthSignal]?: { readonly value: Json; readonly at: Date } };
  readonly previous: Pick<HealthScore, "score" | "tier" | "falls"> | undefined;
}

export interface HealthScore {
  readonly kind: CustomerKind;
  readonly customerId: string;
  /** 0 to 100; undefined: not scored. */
  readonly score: number | undefined;
  readonly tier: HealthTier | undefined;
  /** 0 to 100 each; those that nothing is known of are absent. */
  readonly signals: { readonly [signal in HealthSignal]?: number };
  /** Why there is no score. */
  readonly reason: "not_eligible" | "no_signals" | undefined;
  /** How often the tier fell, ever. */
  readonly falls: number;
  readonly computedAt: Date;
}

export interface RenewalFields {
  /** A calendar day, "2027-01-31". */
  readonly renewalDate: string | undefined;
  readonly contractTerm: RenewalTerm | undefined;
  readonly paymentTerms: RenewalTerm | undefined;
  readonly onContract: boolean | undefined;
  /** By currency in lower case: decimals in the main unit. */
  readonly monthlySpend: { readonly [currency: string]: string };
}

export interface Renewal extends RenewalFields {
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly status: RenewalStatus | undefined;
  /** Where each value comes from: "manual", "rule", or the integration. */
  readonly sources: { readonly [field: string]: string };
  readonly computedAt: Date;
}

/** One claim's words on renewal. */
export interface RenewalClaim {
  /** `manual`, or `{integration}:{connection}`. */
  readonly source: string;
  readonly rank: number;
  readonly updatedAt: Date;
  readonly fields: { readonly [field: string]: string };
}

export interface RenewalInputs {
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly claims: readonly RenewalClaim[];
  readonly healthScore: number | undefined;
  readonly employeeCount: number | undefined;
  /** What vendors that bill say; absent while none of them knows the company. */
  readonly revenue: CompanyRevenue | undefined;
}

/**
 * How customers stand: what changed of them, their health and their renewal. Everything that takes a lease is fenced by
 * the org's `standing` lease. Changes are noted only for orgs that have settings or a segment.
 */
export interface StandingStore {
  settings(orgId: string, topic: StandingTopic): Promise<Json | undefined>;
  /** Null takes them away, with what was computed by them. All customers count as changed. Wakes the `standing` work. */
  setSettings(orgId: string, topic: StandingTopic, settings: Json | null, at: Date): Promise<void>;
  /** Sets signals, a later one over an earlier one, and notes the customers as changed. Unknown customers are left out. */
  report(orgId: string, signals: readonly ReportedSignal[]): Promise<void>;

  /** Customers that changed, the longest ago first; with a changed person comes the company. */
  changes(lease: Lease, limit: number): Promise<readonly ChangedCustomer[]>;
  /** Forgets changes, but not of customers that changed again since. */
  settle(lease: Lease, changes: readonly ChangedCustomer[]): Promise<void>;
  /** Notes all customers as changed, once for each slot; false: that was done for it, or for a later one. */
  sweep(lease: Lease, slot: Date): Promise<boolean>;

  /** Of those that are known, in the order of their ids. `since`: who was seen then or later is active. */
  healthInputs(
    lease: Lease,
    kind: CustomerKind,
    ids: readonly string[],
    since: Date,
  ): Promise<readonly HealthInputs[]>;
  /** Stores scores, a line of history where score or tier differ from before, and raises notifications, all or nothing. */
  saveHealth(
    lease: Lease,
    scores: readonly HealthScore[],
    notifications: readonly NewNotification[],
  ): Promise<void>;
  health(orgId: string, kind: CustomerKind, id: string): Promise<HealthScore | undefined>;
  /** Newest first. */
  /** Retention, in every org: earlier scores that were computed before. Returns how many went. */
  purge(before: Date): Promise<number>;
  healthHistory(
    orgId: string,
    kind: CustomerKind,
    id: string,
    limit: number,
  ): Promise<readonly HealthScore[]>;

  renewalInputs(lease: Lease, kind: CustomerKind, ids: readonly string[]): Promise<readonly RenewalInputs[]>;
  saveRenewals(lease: Lease, renewals: readonly Renewal[]): Promise<void>;
  renewal(orgId: string, kind: CustomerKind, id: string): Promise<Renewal | undefined>;
}
