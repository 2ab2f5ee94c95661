import type { Json } from "../define/json.ts";
import type { Lease } from "./lease-store.ts";

export type RunTrigger = "connect" | "schedule" | "webhook" | "manual";

export type RunMode =
  | "backfill"
  | "incremental"
  | "full_resync"
  | "catch_up"
  | "email_catch_up"
  | "backfill_transcripts"
  | "settle";

export type RunStatus = "pending" | "running" | "succeeded" | "failed" | "cancelled" | "needs_confirmation";

/** What a run is doing. `pull` reads, `settle` reads again what changed meanwhile, `recheck` compares what moves no
 * timestamp, `sweep` marks what is gone at the vendor. */
export type RunPhase = "pull" | "settle" | "recheck" | "sweep" | "done";

export interface RunCounters {
  /** Records that came. */
  readonly read: number;
  /** Rows inserted or changed. */
  readonly written: number;
  /** Rows that were already so. */
  readonly unchanged: number;
  readonly deleted: number;
  readonly quarantined: number;
  readonly pages: number;
}

export interface Run {
  readonly id: string;
  readonly orgId: string;
  readonly connectionId: string;
  readonly integration: string;
  readonly stream: string;
  /** Runs that were asked for together. */
  readonly syncId: string;
  readonly trigger: RunTrigger;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  /** Position among the streams of its sync: the vendor's limit is spent on the smallest first. */
  readonly position: number;
  readonly options: { readonly [name: string]: Json | undefined };
  /** Lower bound of the pull; undefined for a backfill. */
  readonly since: Date | undefined;
  /** By the vendor's clock, when the first slice began; the next run's `since`. */
  readonly beganAt: Date | undefined;
  /** By the vendor's clock, when the settle phase began. */
  readonly settleBeganAt: Date | undefined;
  readonly counters: RunCounters;
  /** Pages expected, where the shards tell. */
  readonly expectedRecords: number | undefined;
  readonly error: { readonly code: string; readonly message: string; readonly retryAt?: string } | undefined;
  /** Failures in a row without a page in between. */
  readonly failures: number;
  readonly cancelRequested: boolean;
  readonly generation: number;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

export interface NewRun {
  readonly id: string;
  readonly orgId: string;
  readonly connectionId: string;
  readonly integration: string;
  readonly stream: string;
  readonly syncId: string;
  readonly trigger: RunTrigger;
  readonly mode: RunMode;
  readonly position: number;
  readonly options: Run["options"];
  readonly generation: number;
  /** Not before then (the allowed window of the day). */
  readonly at?: Date;
}

/** A shard that is to be read. */
export interface NewShard {
  readonly id: string;
  readonly params: Json | undefined;
  /** Pages that are left, where the stream foretold them; each commit takes its own off. A hint: longest goes first. */
  readonly expectedPages: number | undefined;
}

/** Where a shard of a run stands. */
export interface ShardState extends NewShard {
  readonly phase: RunPhase;
  readonly cursor: Json | undefined;
  readonly done: boolean;
  readonly restarts: number;
}

export interface RunEvent {
  readonly at: Date;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: { readonly [name: string]: Json | undefined };
}

/** A field that is present is set, undefined included; one that is absent stays. */
export type RunChange = {
  -readonly [field in
    | "status"
    | "phase"
    | "since"
    | "beganAt"
    | "settleBeganAt"
    | "expectedRecords"
    | "error"
    | "failures"
    | "startedAt"
    | "finishedAt"
    | "cancelRequested"]?: Run[field];
};

export interface QuarantinedRecord {
  readonly connectionId: string;
  readonly stream: string;
  /** The record's key, or a hash of it where it has none. */
  readonly key: string;
  /** Path and what is wrong there; never the value. */
  readonly reason: string;
  readonly at: Date;
}

export interface RunStore {
  /**
   * Starts runs, and wakes a worker for each, in one transaction. For a connection and stream that has an unfinished
   * run the trigger coalesces: no second one is made, and the unfinished run is returned in its place.
   */
  start(runs: readonly NewRun[]): Promise<readonly Run[]>;
  get(orgId: string, runId: string): Promise<Run | undefined>;
  /** Newest first. */
  list(
    orgId: string,
    filter?: {
      readonly connectionId?: string;
      readonly stream?: string;
      readonly active?: boolean;
      readonly syncId?: string;
      readonly limit?: number;
    },
  ): Promise<readonly Run[]>;
  /** The watermark of a stream: undefined until a backfill was through. */
  watermark(orgId: string, connectionId: string, stream: string): Promise<Date | undefined>;
  /** When the last recheck of a stream was through. */
  recheckedAt(orgId: string, connectionId: string, stream: string): Promise<Date | undefined>;
  /** Changes a run under its lease. Throws `lease_lost` when the fence has moved on. */
  change(lease: Lease, change: RunChange): Promise<Run>;
  /** Plans the shards of a phase, once: a second call for the same phase returns what the first stored. */
  planShards(lease: Lease, phase: RunPhase, shards: readonly NewShard[]): Promise<readonly ShardState[]>;
  shards(lease: Lease, phase: RunPhase): Promise<readonly ShardState[]>;
  /** Sends a shard back to its beginning (a cursor that the vendor no longer takes). */
  restartShard(lease: Lease, phase: RunPhase, shardId: string): Promise<ShardState>;
  /**
   * Ends a run in one transaction: status, finished time, the stream's watermark and recheck time (where given), and,
   * when it was the last of its sync to succeed, the connection's last-synced time. Drops its shards and seen keys.
   */
  finish(
    lease: Lease,
    end: {
      readonly status: Exclude<RunStatus, "pending" | "running">;
      readonly at: Date;
      readonly error?: Run["error"];
      readonly watermark?: Date;
      readonly recheckedAt?: Date;
    },
  ): Promise<Run>;
  /** Asks a run to stop at its next page, and wakes it. */
  cancel(orgId: string, runId: string): Promise<boolean>;
  /** A person says that a stopped sweep may go on: the run is pending again, with `options.confirmed`. */
  confirm(orgId: string, runId: string): Promise<boolean>;
  /** Appends to a run's log, which keeps its newest 1,000 lines. */
  log(orgId: string, runId: string, events: readonly RunEvent[]): Promise<void>;
  events(orgId: string, runId: string, limit?: number): Promise<readonly RunEvent[]>;
  quarantine(
    orgId: string,
    filter: { readonly connectionId: string; readonly limit?: number },
  ): Promise<readonly QuarantinedRecord[]>;
  /**
   * Retention, in every org: runs that finished before, with their lines, and records that were last quarantined before. The
   * newest run of each stream stays. Returns how many went.
   */
  purge(before: Date): Promise<number>;
}
