import type * as z from "zod";
import type { Logger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import type { CountedThing } from "../segments/fields.ts";
import type { CustomerClaim, CustomerLink } from "./customer.ts";
import type { DocumentSource } from "./document.ts";
import type { Json } from "./json.ts";
import type { Attendance, MeetingSource, TranscriptSource } from "./meeting.ts";
import type { NotificationDraft } from "./notification.ts";
import type { RevenueEntry } from "./revenue.ts";

/** Column types of a mirror table. `numeric` values travel as strings, so that no digit is lost. */
export type ColumnType = "text" | "boolean" | "bigint" | "numeric" | "timestamptz" | "date" | "jsonb";

/**
 * Records of a stream that count as a deal, a meeting or an activity of the customers they are linked to, for segments
 * and for what an agent is told. `columns` says in which of the stream's own columns each field stands.
 */
export interface RecordCount {
  readonly as: CountedThing;
  /** Only rows whose column holds that text. */
  readonly when?: { readonly column: string; readonly is: string };
  readonly columns: { readonly [field: string]: string };
}

/** How a run came to read what it reads. `since` is the lower bound for `incremental` and `settle`. */
export type PullMode =
  | { readonly kind: "backfill" }
  | { readonly kind: "incremental" }
  | { readonly kind: "settle" }
  | { readonly kind: "email_catch_up"; readonly days: number };

export interface PullScope<Refs> {
  readonly http: VendorHttp;
  readonly mode: PullMode;
  /** Undefined for a backfill; otherwise when the last finished run began, by the vendor's clock, less the overlap. */
  readonly since: Date | undefined;
  /** The vendor's clock now, as far as its answers tell; never ahead of it. */
  readonly now: Date;
  /** What `references` of the integration brought: owners, pipelines. */
  readonly refs: Refs;
  readonly settings: { readonly [name: string]: Json | undefined };
  /** Scopes that the connection was granted; undefined where the vendor does not say. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** Channels of this connection that people mapped to agents; empty where the vendor has none. */
  readonly channels: readonly MappedChannel[];
  /**
   * Those of the keys that are stored, not deleted, and were of the same outline (`StreamDefinition.outline`) then: what
   * else there is of them need not be read, and left out they stay as they are. None where everything is wanted anew: in a
   * backfill or full resync, and when somebody asks for missing texts.
   */
  readonly held: (outlines: ReadonlyMap<string, unknown>) => Promise<ReadonlySet<string>>;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** A place at the vendor where an agent runs. What it hears feeds only what its kind of agent may know. */
export interface MappedChannel {
  /** The vendor's id. */
  readonly channel: string;
  readonly agentId: string;
  readonly agentKind: AgentKind;
  /** By our clock. A channel mapped after `since` has its history read. */
  readonly mappedAt: Date;
}

export type AgentKind = "customer_facing" | "internal" | "sales" | "help_center";

/** A part of a stream that can be read beside the others. `id` is stable within a run; `params` is the stream's own. */
export interface Shard {
  readonly id: string;
  readonly params?: Json;
  /** Pages expected, if known: the longest shards are begun first, and progress can be told. */
  readonly pages?: number;
  /** Records expected, if known. */
  readonly records?: number;
}

/** A deletion that the vendor told us of. */
export interface Tombstone {
  readonly key: string;
  /** When the vendor deleted it; the time of observation where it does not say. */
  readonly deletedAt?: Date | undefined;
  /** The record that it was merged into. */
  readonly mergedInto?: string | undefined;
  /** A person asked to be forgotten: the row's content and all knowledge from it go, not only out of sight. */
  readonly purge?: boolean;
}

/** Every page is a safe place to stop and to resume. */
export interface Page {
  /** As the vendor sent them; each is checked against `record`, and one that does not fit is quarantined alone. */
  readonly records: readonly unknown[];
  readonly tombstones?: readonly Tombstone[];
  /** Where the next page begins; stored with the page's rows in one transaction. */
  readonly cursor: Json;
  /** True on a shard's last page: it is never begun again in this run. */
  readonly done: boolean;
  /**
   * Parts of the stream that turned up while this one was read: stored with the page, and read beside the others from
   * then on. A list can so be read from its start while it is being cut. Their `records` are added to what is expected.
   */
  readonly shards?: readonly Shard[];
}

/** A key that is neither in `records` nor in `missing` stays as it is. */
export interface ReadResult {
  readonly records: readonly unknown[];
  /** Keys that the vendor says do not exist: they become tombstones. */
  readonly missing: readonly string[];
  /** Deletions and merges found on the way. */
  readonly tombstones?: readonly Tombstone[];
}

export interface KeyToRead {
  readonly key: string;
  /** What only the event knows. */
  readonly hint?: Json | undefined;
}

/**
 * What changes at the vendor without moving a record's update time (HubSpot's associations). The engine keeps the
 * fingerprint beside the row, asks for the vendor's own from time to time, and reads the records that differ.
 */
export interface Recheck<R, Refs> {
  /** Keys asked for in one call. */
  readonly batchSize: number;
  /** How long a scheduled run lets this rest; a manual `catch_up` always does it. */
  readonly everyMs: number;
  readonly fingerprint: (record: R) => string;
  /** The fingerprints that the vendor has now; a key left out is taken as unchanged. */
  readonly read: (
    scope: PullScope<Refs> & {
      readonly keys: readonly string[];
      /** What is stored of each. */
      readonly fingerprints?: ReadonlyMap<string, string | undefined>;
    },
  ) => Promise<ReadonlyMap<string, string>>;
}

/** Of the connection; what an admin chose. */
export type StreamSettings = { readonly [name: string]: Json | undefined };

export interface StreamDefinition<R = unknown, Refs = unknown> {
  readonly id: string;
  /** Shown to people: "Contacts". */
  readonly name: string;
  /** Only the fields that are read; the vendor's whole object stays in `raw`. */
  readonly record: z.ZodType<R>;
  readonly key: (record: R) => string;
  /** The vendor's update time; absent where it has none, and the time of observation decides. */
  readonly updatedAt?: (record: R) => Date | undefined;
  /** Subtracted from the watermark: what the vendor shows late (search indexes) is found by it. Default 0. */
  readonly overlapMs?: number;
  /**
   * How far back an incremental pull can look, where the vendor forgets what changed. A run whose lower bound is older
   * reads everything again, and what the vendor does not show any more is gone. Default: there is no end.
   */
  readonly longestGapMs?: number;
  /** The mirror table's own columns, snake_case. */
  readonly columns: { readonly [column: string]: ColumnType };
  /** Values for `columns`; a column left out is null. */
  readonly row: (record: R, refs: Refs, settings?: StreamSettings) => { readonly [column: string]: unknown };
  /** What of the record counts as content, for the hash. Default: all of it. Leave out what changes by itself. */
  readonly content?: (record: R, raw: unknown) => unknown;
  /**
   * What the vendor shows of the record before the costly part of it is read, such as the size of a file, for `held` to
   * compare. Undefined: it is to be read again. All of it has to be part of `content`. Not beside `recheck`.
   */
  readonly outline?: (record: R) => unknown;
  /** What the record says of a person or a company. */
  readonly customer?: (record: R, refs: Refs) => CustomerClaim | undefined;
  /**
   * Who was in the meeting that the record is of. Whom it is about follows from it, instead of `links`: whoever is not of
   * the host's domain or of the connection's `own_domains`. Where nobody outside is known, the document is internal.
   */
  readonly attendance?: (record: R, refs: Refs) => Attendance;
  /** The meeting for the shared table `meetings`; needs `attendance`. */
  readonly meeting?: (record: R, refs: Refs) => MeetingSource | undefined;
  /** What was said, for the shared table `meeting_transcripts`. The record's key is that of the meeting. */
  readonly transcript?: (record: R, refs: Refs) => TranscriptSource | undefined;
  /** Whom the record is about. */
  readonly links?: (record: R, refs: Refs, settings?: StreamSettings) => readonly CustomerLink[];
  /** What it says of a company's money. */
  readonly revenue?: (record: R, refs: Refs, settings?: StreamSettings) => RevenueEntry | undefined;
  /** What of it segments can ask for. */
  readonly counts?: readonly RecordCount[];
  /** What of it becomes knowledge, and for whom. Undefined: nothing, and what was there goes. */
  readonly document?: (record: R, refs: Refs) => DocumentSource | undefined;
  /**
   * What a new record tells the org's people, once for each key: asked when a webhook or an incremental pull brings it,
   * never in a backfill, and only while the connection's notifications are on.
   */
  readonly notification?: (record: R, refs: Refs) => NotificationDraft | undefined;
  /** Keys that were merged into this record at the vendor, if the record tells. */
  readonly mergedKeys?: (record: R) => readonly string[];
  /** Default: one shard. */
  readonly shards?: (scope: PullScope<Refs>) => Promise<readonly Shard[]>;
  readonly pull: (
    scope: PullScope<Refs> & { readonly shard: Shard; readonly cursor: Json | undefined },
  ) => AsyncIterable<Page>;
  /** Reads single records, for webhooks, `backfill_transcripts` and rechecks. */
  readonly read?: (scope: PullScope<Refs> & { readonly keys: readonly KeyToRead[] }) => Promise<ReadResult>;
  /** Keys that one call of `read` takes. Default 100. */
  readonly readBatch?: number;
  readonly recheck?: Recheck<R, Refs>;
  /** A backfill reads the newest part alone: what it did not bring is not gone, and `full_resync` sweeps nothing. */
  readonly partialBackfill?: boolean;
  /** Manual options this stream takes part in, beside `full_resync` and `catch_up`, which are for all. */
  readonly manual?: readonly ("email_catch_up" | "backfill_transcripts")[];
  /** Of which kinds of document `backfill_transcripts` asks whether their text is there. */
  readonly transcriptKinds?: readonly string[];
}

/** Gives a stream its types; adds nothing. Erases them again, so that streams of several types fit one list. */
export function defineStream<R, Refs = unknown>(definition: StreamDefinition<R, Refs>): AnyStream {
  return definition as unknown as AnyStream;
}

/** A stream whose record type is its own affair. */
export type AnyStream = StreamDefinition<unknown, unknown>;
