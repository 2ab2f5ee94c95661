import type { BillingInterval, CustomerKind, RecordRef } from "../define/customer.ts";
import type { Audience, DocumentSource } from "../define/document.ts";
import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";
import type { Lease } from "./lease-store.ts";
import type { MeetingRow, SharedTable, TranscriptRow } from "./meeting-store.ts";
import type { NewShard, RunPhase } from "./run-store.ts";

/** One row for a mirror table, ready to store. */
export interface RecordRow {
  readonly key: string;
  readonly columns: { readonly [column: string]: Json | undefined };
  /** The vendor's whole object, as JSON text. */
  readonly raw: string;
  /** Of what counts as content, associations included. */
  readonly hash: string;
  /** See `Recheck.fingerprint`. */
  readonly fingerprint: string | undefined;
  readonly updatedAt: Date | undefined;
  /** The vendor's clock when the request was sent. */
  readonly observedAt: Date;
  readonly claim: ClaimRow | undefined;
  /** Replaces all links of the record. */
  readonly links: readonly LinkRow[];
  /** Undefined: it says nothing of money, and an entry that it had goes. */
  readonly revenue?: RevenueRow | undefined;
  /** Undefined: the record is no knowledge, and a document that it had goes. */
  readonly document: DocumentRow | undefined;
  /** For the shared tables that the page names in `shared`. Undefined: a row that it had there goes. */
  readonly meeting?: MeetingRow | undefined;
  readonly transcript?: TranscriptRow | undefined;
}

/** A claim, normalised: addresses case-folded, domains registrable. */
export interface ClaimRow {
  readonly kind: CustomerKind;
  /** Made by core, used if no existing customer matches. */
  readonly candidateId: string;
  /** Addresses (for `end_user`) or domains (for `company`), the primary one first. */
  readonly identities: readonly string[];
  readonly fields: { readonly [field: string]: string };
  readonly custom: { readonly [field: string]: string | number | boolean };
  readonly rank: number;
  /** `{integration}:{connection}`: breaks ties. */
  readonly source: string;
  /** The company by the vendor's link (`association`), and by the domain of the address (`email_domain`). */
  readonly company: { readonly ref?: RecordRef; readonly domain?: string } | undefined;
}

/** What a record says of money, ready to store. */
export interface RevenueRow {
  readonly payer: RecordRef;
  readonly currency: string | undefined;
  readonly mrr: string | undefined;
  readonly paid: string | undefined;
  readonly paidAt: Date | undefined;
  readonly status: string | undefined;
  readonly standing: number | undefined;
  readonly plan: string | undefined;
  readonly delinquent: boolean | undefined;
  readonly renewsAt: Date | undefined;
  readonly cancelsAt: Date | undefined;
  readonly billingInterval: BillingInterval | undefined;
  /** For a company of which others say something, it counts as nothing. */
  readonly isTest: boolean;
}

/** Whom a record is about. Exactly one of `ref`, `identity` and `field` is set. */
export interface LinkRow {
  readonly kind: CustomerKind;
  readonly ref?: RecordRef;
  /** The customer whose field holds this value, in lower case: looked up as the fields stand. */
  readonly field?: { readonly name: string; readonly value: string };
  /** An address or a domain, normalised. */
  readonly identity?: string;
  readonly reason: string;
  /** 0 to 1. */
  readonly score: number;
}

export interface DocumentRow {
  readonly id: string;
  /** `{integration}:{kind}:{key}`: what a prefix filter looks at. */
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly format: DocumentSource["format"];
  readonly audience: Audience;
  readonly occurredAt: Date | undefined;
  readonly url: string | undefined;
  readonly author: string | undefined;
  /** Of title, body, format and audience: an unchanged one is not indexed again. */
  readonly hash: string;
  /** Greater is indexed first: 1 for what came just now, 0 for a backfill. */
  readonly priority: number;
  /** Index again although nothing changed (a manual option). */
  readonly force: boolean;
  /** To be distilled into insights, once it is indexed. Default false. */
  readonly distil?: boolean;
}

export interface TombstoneRow {
  readonly key: string;
  readonly deletedAt: Date;
  readonly observedAt: Date;
  readonly mergedInto: string | undefined;
  readonly purge: boolean;
}

/** One or more whole consecutive pages of one shard, at most 1,000 records. */
export interface PageCommit {
  readonly lease: Lease;
  readonly orgId: string;
  readonly connectionId: string;
  readonly integration: string;
  /** The mirror table. */
  readonly table: string;
  readonly stream: string;
  /** Shared tables that the stream's records fill; absent for none. They follow the records: written, replaced, gone. */
  readonly shared?: readonly SharedTable[];
  readonly records: readonly RecordRow[];
  readonly tombstones: readonly TombstoneRow[];
  readonly quarantine: readonly { readonly key: string; readonly reason: string; readonly raw: string }[];
  /** Absent for webhooks, whose place is the deliveries' state. */
  readonly progress?: {
    readonly runId: string;
    readonly phase: RunPhase;
    readonly shardId: string;
    readonly cursor: Json;
    readonly done: boolean;
    readonly pages: number;
    /** Note the keys for a sweep (full resync). */
    readonly noteKeys: boolean;
    /** Shards of the phase to add, those that it has aside, and records that are expected besides. */
    readonly found?: { readonly shards: readonly NewShard[]; readonly records: number };
  };
  /** Deliveries that this commit settles: done, in the same transaction. */
  readonly deliveries?: readonly string[];
  readonly notifications?: readonly PageNotification[];
  readonly at: Date;
}

export interface PageNotification {
  readonly type: NotificationType;
  readonly key: string;
  readonly event: Json;
  /** Told only if this commit stores that record of the page for the first time. Absent: told in any case. */
  readonly recordKey?: string;
}

export interface PageResult {
  readonly written: number;
  readonly unchanged: number;
  /** Skipped: what is stored is newer. */
  readonly stale: number;
  readonly deleted: number;
  readonly documents: number;
}

export interface StoredRecord {
  readonly key: string;
  readonly raw: unknown;
  readonly columns: { readonly [column: string]: unknown };
  readonly updatedAt: Date | undefined;
  readonly deletedAt: Date | undefined;
}

export interface StreamStats {
  readonly stream: string;
  /** Records that are not deleted. */
  readonly records: number;
  /** Of these, linked to a person that is known. */
  readonly linked: number;
  readonly deleted: number;
  readonly quarantined: number;
}

export interface PageStore {
  /**
   * Writes records, tombstones, claims, links, documents to index, notifications and the cursor in one transaction,
   * under the lease's fence (`lease_lost` otherwise). A record replaces the stored one only when its version
   * `(updatedAt, observedAt)` is not older and its hash differs; a row that is already so is not touched, and neither
   * are its claims, links and document (unless `document.force`). A tombstone applies unless a later version is stored;
   * it takes links' and claims' effect, and the document with chunks and vectors, with it. A record that comes back
   * with a later version lives again. Wakes the indexer when there is something to index, the customers' worker when two
   * customers turn out to be one, and the org's `notify` work when a notification is new.
   */
  commit(page: PageCommit): Promise<PageResult>;
  get(orgId: string, connectionId: string, table: string, key: string): Promise<StoredRecord | undefined>;
  /** Live keys in order, with fingerprints, for rechecks and sweeps. */
  keys(
    orgId: string,
    connectionId: string,
    table: string,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<readonly { readonly key: string; readonly fingerprint: string | undefined }[]>;
  /** The fingerprints of those of the keys, 1,000 at most, that are live and have one. */
  fingerprints(
    orgId: string,
    connectionId: string,
    table: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
  /** Keys of rows that hold anything, deleted ones too, in order: what an erasure has yet to purge. */
  kept(
    orgId: string,
    connectionId: string,
    table: string,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<readonly string[]>;
  /** Live keys that the run did not see and that were last observed before `before`: what a full resync would sweep. */
  unseen(
    lease: Lease,
    request: {
      readonly connectionId: string;
      readonly table: string;
      readonly before: Date;
      readonly limit: number;
    },
  ): Promise<{ readonly keys: readonly string[]; readonly unseen: number; readonly live: number }>;
  stats(
    orgId: string,
    connectionId: string,
    mirrors: readonly { readonly table: string; readonly stream: string }[],
  ): Promise<readonly StreamStats[]>;
}
