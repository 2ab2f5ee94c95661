import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { CompanyRevenue } from "../define/revenue.ts";
import type { ThingFacts } from "../segments/evaluate.ts";
import type { CountedThing } from "../segments/fields.ts";
import type { Lease } from "./lease-store.ts";

export interface EndUser {
  readonly id: string;
  readonly orgId: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly phone: string | undefined;
  readonly jobTitle: string | undefined;
  readonly lifecycleStage: string | undefined;
  readonly companyId: string | undefined;
  readonly customFields: { readonly [field: string]: unknown };
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Company {
  readonly id: string;
  readonly orgId: string;
  readonly name: string | undefined;
  readonly domain: string | undefined;
  readonly industry: string | undefined;
  readonly employeeCount: number | undefined;
  readonly lifecycleStage: string | undefined;
  /** What vendors that bill say; absent while none of them knows the company. */
  readonly revenue?: CompanyRevenue | undefined;
  readonly customFields: { readonly [field: string]: unknown };
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Why a record belongs to a customer. */
export interface Match {
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly connectionId: string | undefined;
  readonly stream: string;
  readonly key: string;
  /** "email", "domain", "association", "record", "manual". */
  readonly reason: string;
  /** 0 to 1. */
  readonly score: number;
}

/** Of one record, by what its links lead to. */
export interface RecordAbout {
  readonly person: Pick<EndUser, "email" | "name"> | undefined;
  readonly company: Pick<Company, "domain" | "name"> | undefined;
}

/** Entries by label, signs of life, and the records that count towards a customer, the newest first. */
export interface CustomerProfile {
  readonly context: { readonly [label: string]: Json };
  readonly firstSeen: Date | undefined;
  readonly lastSeen: Date | undefined;
  readonly things: { readonly [thing in CountedThing]: readonly ThingFacts[] };
}

export interface CustomerStore {
  endUser(
    orgId: string,
    by: { readonly id: string } | { readonly email: string },
  ): Promise<EndUser | undefined>;
  company(
    orgId: string,
    by: { readonly id: string } | { readonly domain: string },
  ): Promise<Company | undefined>;
  endUsers(
    orgId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly EndUser[]>;
  companies(
    orgId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly Company[]>;
  counts(orgId: string): Promise<{ readonly endUsers: number; readonly companies: number }>;
  /** A person's word on a customer: outranks every source. Null takes it back. */
  setManual(
    orgId: string,
    kind: CustomerKind,
    id: string,
    fields: { readonly [field: string]: string | null },
    at: Date,
  ): Promise<void>;
  /**
   * Signs of life, which only a host has: the span from `first_seen` to `last_seen` of known people grows to hold them.
   * Returns how many are known.
   */
  seen(orgId: string, sightings: readonly { readonly id: string; readonly at: Date }[]): Promise<number>;
  /** Sets entries of a customer's context by their labels; null takes one away, others stay. Throws `not_found`. */
  setContext(
    orgId: string,
    kind: CustomerKind,
    id: string,
    entries: { readonly [label: string]: Json },
  ): Promise<void>;
  /** What is known of a customer beside the fields; of each kind of thing the newest `limit`. */
  profile(orgId: string, kind: CustomerKind, id: string, limit: number): Promise<CustomerProfile | undefined>;
  /** Claims and links of a customer, each with its reason. */
  explain(orgId: string, kind: CustomerKind, id: string, limit?: number): Promise<readonly Match[]>;
  /**
   * Whom records are about, in their order: the person and the company of the surest link to somebody who is known (of
   * links that are equally sure, the record's first). Where no company is linked, the person's.
   */
  about(
    orgId: string,
    records: readonly { readonly connectionId: string; readonly stream: string; readonly key: string }[],
  ): Promise<readonly RecordAbout[]>;
  /**
   * Works off what pages left: merges customers that turned out to be one (the older id stays), and folds the fields of
   * those that changed. Returns how many pieces were done; 0 means nothing is left.
   */
  reconcile(lease: Lease, limit: number): Promise<number>;
}
