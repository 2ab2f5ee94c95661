import type { VendorAccount } from "../define/auth.ts";
import type { CustomerKind } from "../define/customer.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";
import type { WebhookReply } from "../define/webhook.ts";
import type { Connection, Mode } from "../ports/connection-store.ts";
import type { Company, EndUser, Match } from "../ports/customer-store.ts";
import type { Delivery, DeliveryStatus } from "../ports/delivery-store.ts";
import type { IndexCounts } from "../ports/knowledge-store.ts";
import type { LearningCounts } from "../ports/learning-store.ts";
import type { NotificationStatus } from "../ports/notification-store.ts";
import type { QuarantinedRecord, Run, RunEvent, RunMode } from "../ports/run-store.ts";
import type { StorageStatus } from "../ports/storage.ts";
import type { ActionEvent, Actions, Agents } from "./actions-surface.ts";
import type { ApprovalEvent, Approvals, Audit, KillSwitch } from "./approvals-surface.ts";
import type { Knowledge } from "./knowledge-surface.ts";
import type { LearningEvents } from "./learning-surface.ts";
import type { Meetings } from "./meetings-surface.ts";
import type { Notifications, NotifyRequest } from "./notifications-surface.ts";
import type {
  ContextEntry,
  ContextRequest,
  CustomerContext,
  Health,
  Renewals,
  Segments,
} from "./standing-surface.ts";

export type * from "./knowledge-surface.ts";
export type * from "./options.ts";

export interface Halo {
  readonly integrations: readonly IntegrationDefinition[];
  readonly status: StorageStatus;
  readonly base: string;
  readonly publicUrl: string | undefined;
  readonly connections: Connections;
  readonly sync: Sync;
  readonly runs: Runs;
  readonly deliveries: Deliveries;
  readonly knowledge: Knowledge;
  readonly customers: Customers;
  readonly segments: Segments;
  readonly health: Health;
  readonly renewals: Renewals;
  readonly meetings: Meetings;
  readonly agents: Agents;
  readonly actions: Actions;
  readonly approvals: Approvals;
  /** Buttons under proposals in a vendor's own pages, as `createHandler` hands them over. */
  readonly clicks: {
    /**
     * Verifies, finds the person and decides; resolves once it may be answered with 200, within two seconds. Throws
     * `webhook_unverified` for what is not genuine.
     */
    receive(webhook: Omit<ReceivedWebhook, "routeKey">): Promise<void>;
  };
  readonly audit: Audit;
  readonly killSwitch: KillSwitch;
  readonly notifications: Notifications;
  /**
   * Tells whoever subscribed to it of something that happened. True if it is new: the same key of a type notifies once.
   * Throws `input_invalid` for what is no event of that type.
   */
  notify(request: NotifyRequest): Promise<boolean>;
  /** What the detail page of an integration shows; without `connectionId` the org's newest connection. */
  detail(orgId: string, integration: string, connectionId?: string): Promise<IntegrationDetail>;
  /** Listeners may throw: that is logged, and breaks nothing. Returns how to stop listening. */
  on<Name extends keyof HaloEvents>(name: Name, listener: (event: HaloEvents[Name]) => void): () => void;
  /** Works until `signal` aborts; then finishes the page in hand, frees its leases, and resolves. */
  work(options?: { readonly signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface HaloEvents extends LearningEvents {
  "connection.connected": { orgId: string; connectionId: string; integration: string };
  "connection.disconnected": { orgId: string; connectionId: string; integration: string };
  "connection.lost_access": { orgId: string; connectionId: string; integration: string; code: string };
  /**
   * The vendor told that our access was taken away, and refuses the credential since. Emitted again every few minutes until
   * the connection is made anew, disconnected or erased, so that no crash hides it.
   */
  "connection.removed_at_vendor": { orgId: string; connectionId: string; integration: string };
  /** Nothing of what it brought is kept any more. */
  "connection.erased": { orgId: string; connectionId: string; integration: string };
  "connection.modes_changed": {
    orgId: string;
    connectionId: string;
    modes: { readonly [mode in Mode]: boolean };
  };
  "run.started": { orgId: string; run: Run };
  "run.progressed": { orgId: string; run: Run; read: number };
  "run.finished": { orgId: string; run: Run };
  "delivery.processed": { orgId: string; connectionId: string; deliveryId: string; type: string };
  "delivery.died": { orgId: string; connectionId: string; deliveryId: string; type: string; reason: string };
  /** Taken up from the outbox; whoever subscribed to it will be told. */
  "notification.raised": { orgId: string; type: NotificationType; key: string };
  "notification.sent": {
    orgId: string;
    deliveryId: string;
    type: NotificationType;
    key: string;
    sink: string;
  };
  /** `dead`: it is not tried again by itself. */
  "notification.failed": {
    orgId: string;
    deliveryId: string;
    type: NotificationType;
    sink: string;
    reason: string;
    dead: boolean;
  };
  /** Somebody started to fit a segment that announces. */
  "segment.entered": { orgId: string; segmentId: string; kind: CustomerKind; customerId: string };
  "documents.indexed": { orgId: string; documents: number; chunks: number };
  "action.succeeded": ActionEvent;
  "action.failed": ActionEvent;
  "action.refused": ActionEvent;
  "action.outcome_unknown": ActionEvent;
  /** What nobody could tell is known by now: it happened, or (with a code) it did not. */
  "action.reconciled": ActionEvent;
  "approval.requested": ApprovalEvent;
  /** One of two people said yes. */
  "approval.seconded": ApprovalEvent;
  "approval.approved": ApprovalEvent;
  "approval.rejected": ApprovalEvent;
  "approval.expired": ApprovalEvent;
  /** What is stored is not what was proposed or decided: somebody changed it. Nothing is executed. */
  "approval.alarm": ApprovalEvent;
  "vendor.waiting": { connectionId: string; untilMs: number; reason: "budget" | "rate_limited" };
}

/** A connection as people may see it: no credential in any form. */
export type ConnectionView = Omit<Connection, "credentials" | "webhookSecret" | "revision"> & {
  readonly hasCredentials: boolean;
};

export interface Connections {
  /** Where to send the user's browser, and what the callback will ask back. `session` binds the attempt to a browser. */
  begin(request: {
    readonly orgId: string;
    readonly integration: string;
    readonly session: string;
    readonly redirectUri: string;
    readonly returnTo?: string;
    /** Reconnect this one. */
    readonly connectionId?: string;
    /** Reconnecting may bring another account of the vendor: what came from the old one is kept apart. Default false. */
    readonly switchAccount?: boolean;
  }): Promise<{ readonly url: string; readonly state: string }>;
  /** The callback: checks the state, exchanges the code, identifies the account, stores, starts the first sync. */
  complete(request: {
    readonly integration: string;
    readonly session: string;
    /** The callback's query. */
    readonly parameters: URLSearchParams;
    readonly redirectUri: string;
  }): Promise<{ readonly connection: ConnectionView; readonly returnTo: string | undefined }>;
  /** An access token or key given by hand: validated by a call, then stored. */
  connectWithKey(request: {
    readonly orgId: string;
    readonly integration: string;
    readonly key: string;
    readonly connectionId?: string;
    readonly switchAccount?: boolean;
    /** The secret of this connection's own webhook, where the vendor has one per connection. */
    readonly webhookSecret?: string;
  }): Promise<ConnectionView>;
  get(orgId: string, connectionId: string): Promise<ConnectionView>;
  list(orgId: string, integration?: string): Promise<readonly ConnectionView[]>;
  setMode(orgId: string, connectionId: string, mode: Mode, on: boolean): Promise<ConnectionView>;
  /** Streams to sync, and the allowed window of the day; a stream that is turned on is backfilled. */
  setSettings(orgId: string, connectionId: string, settings: ConnectionSettings): Promise<ConnectionView>;
  /**
   * The secret of a webhook endpoint that was made at the vendor by hand, where Halo may not make one. It takes the
   * place of whatever secret was kept, and an endpoint that Halo made is ended.
   */
  setWebhookSecret(orgId: string, connectionId: string, webhookSecret: string): Promise<ConnectionView>;
  /** Ends access: revokes at the vendor where it can, forgets the tokens, stops the schedule. What came in stays. */
  disconnect(orgId: string, connectionId: string): Promise<ConnectionView>;
  /**
   * Disconnects, and has a worker take away everything that came by this connection: records, meetings and transcripts,
   * documents and the facts distilled of them (with receipts), claims, links and events. What people typed stays, and so does the
   * audit. Emits `connection.erased` when nothing is left; until then a reconnect throws `conflict`. May be called again.
   */
  erase(orgId: string, connectionId: string): Promise<ConnectionView>;
  /** Seals every credential that an older key sealed anew; resumable. Returns how many it did. */
  rotateKeys(orgId: string): Promise<number>;
}

export interface ConnectionSettings {
  /** Default: all. */
  readonly streams?: readonly string[];
  /** Scheduled syncs begin only within it; `from` and `to` are "HH:MM" in `timeZone` (IANA), and may cross midnight. */
  readonly window?: { readonly from: string; readonly to: string; readonly timeZone: string } | null;
  readonly [name: string]: Json | undefined;
}

export interface Sync {
  /** Starts a sync of all chosen streams, or of those named. A stream that is being synced already is left to it. */
  start(request: {
    readonly orgId: string;
    readonly connectionId: string;
    readonly mode: Exclude<RunMode, "settle" | "backfill"> | "backfill";
    readonly streams?: readonly string[];
    /** For `email_catch_up`. Default 30. */
    readonly days?: number;
  }): Promise<readonly Run[]>;
  cancel(orgId: string, connectionId: string): Promise<number>;
  /** Resolves when no run of the connection is active, and throws what a failed one failed with. */
  settled(
    orgId: string,
    connectionId: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Run[]>;
}

export interface Runs {
  get(orgId: string, runId: string): Promise<Run>;
  list(
    orgId: string,
    filter?: {
      readonly connectionId?: string;
      readonly stream?: string;
      readonly active?: boolean;
      readonly limit?: number;
    },
  ): Promise<readonly Run[]>;
  events(orgId: string, runId: string, limit?: number): Promise<readonly RunEvent[]>;
  cancel(orgId: string, runId: string): Promise<boolean>;
  /** After `needs_confirmation`: the deletions are meant. */
  confirm(orgId: string, runId: string): Promise<boolean>;
  quarantine(orgId: string, connectionId: string, limit?: number): Promise<readonly QuarantinedRecord[]>;
}

/** What a server hands over; nothing of it is trusted yet. */
export interface ReceivedWebhook {
  readonly integration: string;
  /** From the path `…/webhook/{routeKey}`: an org id or a connection id. Absent: the event's account decides. */
  readonly routeKey?: string;
  readonly method: string;
  /** Path and query as they came; the origin is put before it from `publicUrl`. */
  readonly pathAndQuery: string;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface Deliveries {
  /**
   * Verifies, splits, resolves and stores; resolves when every event is durable. Throws `webhook_unverified` for what
   * is not genuine, an unknown path included, and `storage_failed` when it could not be stored: answer 503.
   */
  receive(webhook: ReceivedWebhook): Promise<{
    readonly accepted: number;
    readonly duplicates: number;
    readonly skipped: number;
    readonly unrouted: number;
    /** What the vendor wants to be answered with, status 200; absent: any 200. */
    readonly reply?: WebhookReply;
  }>;
  list(
    orgId: string,
    filter?: { readonly connectionId?: string; readonly status?: DeliveryStatus; readonly limit?: number },
  ): Promise<readonly Delivery[]>;
  get(orgId: string, id: string): Promise<Delivery>;
  replay(orgId: string, ids: readonly string[]): Promise<number>;
}

export interface Customers {
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
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly EndUser[]>;
  companies(
    orgId: string,
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly Company[]>;
  explain(orgId: string, kind: CustomerKind, id: string): Promise<readonly Match[]>;
  /**
   * What an agent may be told of one customer: bounded, labelled with its sources, as text and as data. Nothing of it can
   * pose as an instruction's frame: it is marked, and what customers wrote is escaped.
   */
  context(request: ContextRequest): Promise<CustomerContext>;
  /** Sets entries of the context by their keys; null takes one away, others stay. Throws `not_found`. */
  setContext(
    orgId: string,
    kind: CustomerKind,
    id: string,
    entries: { readonly [key: string]: ContextEntry | null },
  ): Promise<void>;
  /** Signs of life: who was there, and when (default: now). Returns how many of them are known. */
  seen(
    orgId: string,
    people: readonly ({ readonly at?: Date } & ({ readonly id: string } | { readonly email: string }))[],
  ): Promise<number>;
  set(
    orgId: string,
    kind: CustomerKind,
    id: string,
    fields: { readonly [field: string]: string | null },
  ): Promise<void>;
}

/** How far a sync that is going on has come. */
export interface SyncProgress {
  readonly stream: string;
  readonly mode: RunMode;
  readonly phase: Run["phase"];
  readonly read: number;
  /** Records that the stream foretold, at most; undefined where it cannot tell. */
  readonly expected: number | undefined;
  /** At the pace so far; undefined while nobody can tell. */
  readonly leftMs: number | undefined;
}

/** What the detail page of an integration shows. */
export interface IntegrationDetail {
  readonly integration: string;
  readonly name: string;
  readonly connection: ConnectionView | undefined;
  readonly state: "connected" | "syncing" | "sync_error" | "auth_error" | "disconnected" | "not_connected";
  readonly modes: { readonly [mode in Mode]: boolean | "unavailable" };
  readonly account: VendorAccount | undefined;
  readonly stats: readonly { readonly name: string; readonly value: number }[];
  readonly banners: readonly {
    readonly level: "error" | "warning" | "info";
    readonly code: string;
    readonly message: string;
  }[];
  readonly webhookUrl: string | undefined;
  readonly webhookInstructions: string | undefined;
  readonly lastSyncAt: Date | undefined;
  readonly nextSyncAt: Date | undefined;
  /** Of the syncs that are going on; empty when none is. */
  readonly progress: readonly SyncProgress[];
  readonly deliveries: { readonly [status in DeliveryStatus]: number } | undefined;
  readonly knowledge: IndexCounts | undefined;
  /** Of the org: learned, skipped by reason, waiting, distilled. */
  readonly learning: LearningCounts | undefined;
  /** Of an integration that notifications are sent into. */
  readonly notifications: { readonly [status in NotificationStatus]: number } | undefined;
  readonly errors: number;
}
