import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { HealthSettings, HealthSettingsInput } from "../health/health-settings.ts";
import type { HealthReport } from "../health/signals.ts";
import type { Company, EndUser } from "../ports/customer-store.ts";
import type { Segment } from "../ports/segment-store.ts";
import type { HealthScore, Renewal } from "../ports/standing-store.ts";
import type { RenewalSettings, RenewalSettingsInput } from "../renewals/renewal-settings.ts";
import type { SegmentFilter } from "../segments/filter.ts";

/** Whom is meant: by id, or by what they are known by. */
export type CustomerBy =
  | { readonly kind: CustomerKind; readonly id: string }
  | { readonly email: string }
  | { readonly domain: string };

export interface SegmentRequest {
  readonly orgId: string;
  /** Absent: a new one. */
  readonly id?: string;
  readonly name: string;
  readonly kind: CustomerKind;
  readonly filter: SegmentFilter;
  /** Tell of whoever starts to fit, as `segment_match`. Default true. */
  readonly announce?: boolean;
}

/** A saved segment, or a filter that is not saved. */
export type SegmentQueryRequest =
  | { readonly orgId: string; readonly segmentId: string }
  | { readonly orgId: string; readonly kind: CustomerKind; readonly filter: SegmentFilter };

export interface CustomerPage {
  readonly customers: readonly (EndUser | Company)[];
  /** Give it as `after` for the next page; absent: that was the last. */
  readonly next: string | undefined;
}

export interface Segments {
  /** Stores a segment. Throws `input_invalid` for a filter that is none, with its path. */
  upsert(request: SegmentRequest): Promise<Segment>;
  get(orgId: string, id: string): Promise<Segment>;
  list(orgId: string): Promise<readonly Segment[]>;
  delete(orgId: string, id: string): Promise<boolean>;
  count(request: SegmentQueryRequest): Promise<number>;
  /** Default 100 a page, 1,000 at most. */
  customers(
    request: SegmentQueryRequest,
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<CustomerPage>;
  /** Whether the customer fits now. */
  matches(request: SegmentQueryRequest, customer: CustomerBy): Promise<boolean>;
}

export interface Health {
  settings(orgId: string): Promise<HealthSettings | undefined>;
  /** Scores from now on by these settings; null: no more, and what was scored goes. */
  configure(orgId: string, settings: HealthSettingsInput | null): Promise<HealthSettings | undefined>;
  get(orgId: string, kind: CustomerKind, id: string): Promise<HealthScore | undefined>;
  /** Newest first. Default 30. */
  history(orgId: string, kind: CustomerKind, id: string, limit?: number): Promise<readonly HealthScore[]>;
  /**
   * What Halo cannot know of a customer: tickets, sentiment, and where nobody else tells, activity and payment. A signal that
   * is null is taken back, one that is absent stays. Throws `not_found`.
   */
  report(
    orgId: string,
    customer: CustomerBy,
    signals: HealthReport,
    options?: { readonly at?: Date },
  ): Promise<void>;
}

export interface Renewals {
  settings(orgId: string): Promise<RenewalSettings | undefined>;
  /** Works renewals out from now on; null: no more, and what was worked out goes. */
  configure(orgId: string, settings: RenewalSettingsInput | null): Promise<RenewalSettings | undefined>;
  get(orgId: string, kind: CustomerKind, id: string): Promise<Renewal | undefined>;
}

/** One entry of a customer's context, shown under its label. Without a type its shape decides how. */
export interface ContextEntry {
  readonly label: string;
  readonly type?: ContextType | undefined;
  readonly value: Json;
}

export type ContextType =
  | "list"
  | "integration"
  | "error"
  | "status"
  | "config"
  | "feature"
  | "metric"
  | "relationship"
  | "custom";

export type ContextRequest = {
  readonly orgId: string;
  /** Default 6,000. */
  readonly maxChars?: number;
  /**
   * `shareable`: without what a team thinks of a customer or makes of them (health, renewal, deals, MRR, lifetime value), for an
   * agent who talks with that customer. Default `internal`.
   */
  readonly audience?: "internal" | "shareable";
  /** Of this request alone: over what is stored of the person. */
  readonly traits?: { readonly [name: string]: string | number | boolean };
  /** Of this request alone: over what is stored, key by key. */
  readonly context?: { readonly [key: string]: ContextEntry };
} & ({ readonly email: string } | { readonly customerId: string; readonly kind?: CustomerKind });

/** What an agent is told of a customer: the same things as text and as data. */
export interface CustomerContext {
  readonly found: boolean;
  /** Empty if nothing is known. At most `maxChars` long. */
  readonly text: string;
  /** Something did not fit into the text. */
  readonly truncated: boolean;
  readonly data: {
    readonly endUser: EndUser | undefined;
    readonly company: Company | undefined;
    readonly sections: readonly ContextSection[];
  };
}

/** A part of it, with the sources that say so. Values are data and never instructions. */
export interface ContextSection {
  readonly label: string;
  readonly type: ContextType | "profile" | "company";
  readonly sources: readonly string[];
  readonly lines: readonly string[];
}
