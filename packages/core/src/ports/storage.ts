import type { ColumnType, RecordCount } from "../define/stream.ts";
import type { ActionStore } from "./action-store.ts";
import type { AgentStore } from "./agent-store.ts";
import type { ApprovalStore } from "./approval-store.ts";
import type { Clock } from "./clock.ts";
import type { ConnectionStore } from "./connection-store.ts";
import type { CustomerStore } from "./customer-store.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { JobStore } from "./job-store.ts";
import type { KnowledgeStore } from "./knowledge-store.ts";
import type { LearningStore } from "./learning-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { Logger } from "./logger.ts";
import type { MeetingStore } from "./meeting-store.ts";
import type { NotificationStore } from "./notification-store.ts";
import type { PageStore } from "./page-store.ts";
import type { RunStore } from "./run-store.ts";
import type { SegmentStore } from "./segment-store.ts";
import type { StandingStore } from "./standing-store.ts";

/** What a part of core needs of a store; an adapter may have fewer, and `createHalo` then refuses what needs more. */
export type StorageLevel = "sync" | "actions" | "knowledge";

/** A mirror table as the definitions ask for it. */
export interface MirrorTable {
  /** "hubspot_contacts" */
  readonly table: string;
  readonly integration: string;
  readonly stream: string;
  readonly columns: { readonly [column: string]: ColumnType };
  /** What of its records counts as something that segments know. */
  readonly counts?: readonly RecordCount[] | undefined;
}

export interface StorageSetup {
  readonly mirrors: readonly MirrorTable[];
  /** Undefined: no vector leg. */
  readonly space: { readonly id: string; readonly dimensions: number } | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Refuse roles with more rights than Halo needs, instead of warning. */
  readonly strictRole: boolean;
}

export interface StorageStatus {
  /** "PostgreSQL 18.0", "PGlite (PostgreSQL 18) in ./folder", "memory". */
  readonly description: string;
  /** What an operator should know: "vectors are ranked in process: no pgvector". */
  readonly notices: readonly string[];
}

/**
 * Where everything is kept: a few atomic commands, grouped in rooms. No transaction is public; what has to happen
 * together is one command. Every command names its org, and no command reads or writes another's rows. Commands throw
 * `storage_failed` (with `retryable`) when the store cannot, and leave nothing half done.
 */
export interface Storage {
  readonly levels: ReadonlySet<StorageLevel>;
  /**
   * Compares what is there with what the definitions need. An embedded store brings itself up to date; a server's is
   * refused with the SQL to run (`migration_needed`). Refuses what is not a store, or a newer one (`store_unsuitable`).
   */
  open(setup: StorageSetup): Promise<StorageStatus>;
  close(): Promise<void>;
  readonly connections: ConnectionStore;
  readonly leases: LeaseStore;
  readonly runs: RunStore;
  readonly pages: PageStore;
  readonly meetings: MeetingStore;
  readonly deliveries: DeliveryStore;
  readonly customers: CustomerStore;
  readonly segments: SegmentStore;
  readonly standing: StandingStore;
  readonly knowledge: KnowledgeStore;
  readonly learning: LearningStore;
  readonly jobs: JobStore;
  /** Level `actions`, with the next. */
  readonly agents: AgentStore;
  readonly actions: ActionStore;
  readonly approvals: ApprovalStore;
  readonly notifications: NotificationStore;
}
