import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { ActionAudit, ActionCall, AuditHead, AuditLine } from "../ports/action-store.ts";
import type { Agent, AgentAction } from "../ports/agent-store.ts";
import type { Decision, Proposal, Stop } from "../ports/approval-store.ts";
import type { Clock } from "../ports/clock.ts";
import { systemClock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Delivery, UnroutedDelivery } from "../ports/delivery-store.ts";
import type { DeletionReceipt, IndexedChunk } from "../ports/knowledge-store.ts";
import type { DocumentStatus } from "../ports/learning-store.ts";
import type { WorkKind } from "../ports/lease-store.ts";
import type { MeetingRow, TranscriptRow } from "../ports/meeting-store.ts";
import type { ClaimRow, DocumentRow, LinkRow, RevenueRow } from "../ports/page-store.ts";
import type { QuarantinedRecord, Run, RunEvent, RunPhase, ShardState } from "../ports/run-store.ts";
import type { MirrorTable, StorageSetup } from "../ports/storage.ts";
import { emptyLearning, type LearningRoom } from "./learning-room.ts";
import { emptyRoom, type NotificationRoom } from "./notification-room.ts";
import { emptyStanding, type StandingRoom } from "./standing-room.ts";

export type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** All that a memory storage holds. Rooms share it; every command changes it in one synchronous step. */
export interface State {
  clock: Clock;
  space: StorageSetup["space"];
  readonly mirrors: Map<string, MirrorTable>;
  readonly orgs: Map<string, Org>;
  readonly leases: Map<string, LeaseState>;
  /** When each org was last given work, by `sequence`: orgs take turns. */
  readonly turns: Map<string, number>;
  readonly slots: Set<string>;
  readonly unrouted: Map<string, UnroutedDelivery>;
  readonly queues: Map<string, Queue>;
  /** Of actions: by org, or of every org. */
  readonly stops: Map<string, Stop>;
  /** Grows only: fences, orders. */
  sequence: number;
}

export interface Org {
  readonly id: string;
  readonly connections: Map<string, Connection>;
  /** OAuth attempts: nonce hash to expiry, epoch ms. */
  readonly attempts: Map<string, number>;
  readonly runs: Map<string, RunState>;
  /** By connection and stream. */
  readonly streams: Map<string, { watermark?: Date; recheckedAt?: Date }>;
  /** By connection, then stream. */
  readonly collections: Map<string, Map<string, Collection>>;
  readonly customers: Map<string, Customer>;
  readonly identities: { readonly [kind in CustomerKind]: Map<string, string> };
  /** Ids of customers that were merged away, to where. */
  readonly redirects: Map<string, string>;
  /** Pairs of customers that turned out to be one. */
  readonly merges: [string, string][];
  readonly documents: Map<string, Document>;
  readonly receipts: DeletionReceipt[];
  readonly learning: LearningRoom;
  readonly deliveries: Map<string, Delivery>;
  /** Connection and event key to the delivery's id. */
  readonly eventKeys: Map<string, string>;
  readonly notifications: NotificationRoom;
  readonly standing: StandingRoom;
  readonly agents: Map<string, Agent>;
  /** By agent, integration and action. */
  readonly agentActions: Map<string, AgentAction>;
  /** By connection and channel. */
  readonly channels: Map<string, AgentChannel>;
  readonly calls: Map<string, ActionCall>;
  /** Idempotency key to the call's id. */
  readonly callKeys: Map<string, string>;
  /** By call. */
  readonly audit: Map<string, ActionAudit[]>;
  /** Every line, in the order of the chain. */
  readonly chain: AuditLine[];
  /** The last line that retention took. */
  chainBase: AuditHead | undefined;
  /** By call. */
  readonly proposals: Map<string, StoredProposal>;
}

export interface StoredProposal {
  readonly proposal: Proposal;
  readonly decisions: Decision[];
  /** By the store's clock: of each decision. */
  readonly decidedAt: Date[];
  /** By the store's clock: when its execution was begun. */
  begunAt: Date | undefined;
}

/** No org has this id: ids are not empty. */
export const everyOrg = "";

export interface AgentChannel {
  readonly connectionId: string;
  readonly channel: string;
  readonly agentId: string;
  readonly mappedAt: Date;
}

export interface RunState {
  run: Run;
  readonly order: number;
  readonly shards: Map<RunPhase, Mutable<ShardState>[]>;
  readonly seen: Set<string>;
  events: RunEvent[];
}

/** The records of one stream of one connection. */
export interface Collection {
  readonly connectionId: string;
  readonly integration: string;
  readonly table: string;
  readonly stream: string;
  /** Of the mirror table. */
  columns: readonly string[];
  readonly rows: Map<string, Row>;
  /** Keys that were merged, by what they were merged into. */
  readonly merged: Map<string, Set<string>>;
  readonly quarantine: Map<string, QuarantinedRecord & { readonly raw: string }>;
}

export interface Row {
  readonly collection: Collection;
  readonly key: string;
  raw: string | undefined;
  columns: { readonly [column: string]: Json };
  hash: string | undefined;
  fingerprint: string | undefined;
  updatedAt: Date | undefined;
  observedAt: Date;
  /** The version of a dead row is its tombstone's. */
  version: Version;
  deletedAt: Date | undefined;
  mergedInto: string | undefined;
  claim: Claim | undefined;
  links: readonly LinkRow[];
  revenue?: RevenueRow | undefined;
  documentId: string | undefined;
  meeting?: MeetingRow | undefined;
  transcript?: KeptTranscript | undefined;
}

export interface KeptTranscript extends TranscriptRow {
  /** When it first had text. */
  readonly availableAt: Date | undefined;
}

/** `[updated or else observed, observed]`, epoch ms. */
export type Version = readonly [number, number];

export interface Claim extends ClaimRow {
  customerId: string;
  /** How the customer was found. */
  readonly reason: "email" | "domain" | "record";
}

export interface Customer {
  readonly id: string;
  readonly kind: CustomerKind;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly manual: Map<string, { readonly value: string; readonly at: Date }>;
  /** Rows whose claim is about this customer, dead ones too: they keep its id for their return. */
  readonly rows: Set<Row>;
}

export interface Document extends Mutable<DocumentRow> {
  /** Of a distilled one its source's. */
  readonly row: Row;
  /** It was distilled of that one. */
  readonly source: Document | undefined;
  revision: number;
  state: DocumentStatus;
  attempts: number;
  queuedAt: Date;
  nextAttemptAt: Date | undefined;
  text: string | undefined;
  cleanerVersion: string | undefined;
  chunks: readonly KeptChunk[];
}

/** As it is kept: vectors by the space they are of, so that two spaces never mix. */
export interface KeptChunk extends Omit<IndexedChunk, "vectors"> {
  /** Another one for each index that is made of the document. */
  readonly id: string;
  readonly vectors: Map<string, readonly Float32Array[]>;
}

export interface LeaseState {
  readonly kind: WorkKind;
  readonly orgId: string;
  readonly subject: string;
  fence: number;
  holder: string | undefined;
  /** Epoch ms. */
  expiresAt: number;
  attempts: number;
  /** When it is due, if nobody holds it; woken for, if somebody does. Epoch ms. */
  dueAt: number | undefined;
}

export interface Queue {
  jobs: { readonly id: string; readonly data: Json }[];
  readonly waiting: Set<() => void>;
}

export function createState(clock: Clock = systemClock): State {
  return {
    clock,
    space: undefined,
    mirrors: new Map(),
    orgs: new Map(),
    leases: new Map(),
    turns: new Map(),
    slots: new Set(),
    unrouted: new Map(),
    queues: new Map(),
    stops: new Map(),
    sequence: 0,
  };
}

export function orgOf(state: State, id: string): Org {
  let org = state.orgs.get(id);
  if (org === undefined) {
    org = {
      id,
      connections: new Map(),
      attempts: new Map(),
      runs: new Map(),
      streams: new Map(),
      collections: new Map(),
      customers: new Map(),
      identities: { end_user: new Map(), company: new Map() },
      redirects: new Map(),
      merges: [],
      documents: new Map(),
      receipts: [],
      learning: emptyLearning(),
      deliveries: new Map(),
      eventKeys: new Map(),
      notifications: emptyRoom(),
      standing: emptyStanding(),
      agents: new Map(),
      agentActions: new Map(),
      channels: new Map(),
      calls: new Map(),
      callKeys: new Map(),
      audit: new Map(),
      chain: [],
      chainBase: undefined,
      proposals: new Map(),
    };
    state.orgs.set(id, org);
  }
  return org;
}

/** One map key for several names; no choice of names makes two tuples meet. */
export const tuple = (...parts: readonly string[]): string => JSON.stringify(parts);

/** Nothing that is stored is shared with a caller. */
export const copy: <T>(value: T) => T = (value) => structuredClone(value);

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
