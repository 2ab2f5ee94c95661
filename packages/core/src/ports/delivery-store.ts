import type { Json } from "../define/json.ts";
import type { Lease } from "./lease-store.ts";

export type DeliveryStatus = "pending" | "done" | "skipped" | "dead";

export interface NewDelivery {
  readonly id: string;
  readonly orgId: string;
  readonly connectionId: string;
  readonly integration: string;
  /** What makes the event unique at its vendor; with org and connection the dedupe key, kept 30 days or longer. */
  readonly eventKey: string;
  readonly type: string;
  readonly occurredAt: Date | undefined;
  readonly payload: Json;
  /** `skipped` for what came while ingest was off: counted, not worked. */
  readonly status: "pending" | "skipped";
  readonly receivedAt: Date;
}

export interface Delivery extends Omit<NewDelivery, "status"> {
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: Date | undefined;
  readonly reason: string | undefined;
  readonly settledAt: Date | undefined;
}

/** Verified by an app-wide secret, but of nobody we know: sealed, kept seven days, replayable. */
export interface UnroutedDelivery {
  readonly id: string;
  readonly integration: string;
  /** SHA-256 of the account's id. */
  readonly accountHash: string;
  readonly eventKey: string;
  readonly sealed: Uint8Array;
  readonly receivedAt: Date;
}

export interface DeliveryStore {
  /**
   * Stores events of any orgs in one transaction and wakes their inboxes; resolves when it is durable. Answers for
   * each whether it was new; one that is already there changes nothing.
   */
  accept(batch: readonly NewDelivery[]): Promise<readonly boolean[]>;
  /** Events of a connection that are due, oldest first. */
  pending(lease: Lease, connectionId: string, limit: number, now: Date): Promise<readonly Delivery[]>;
  /** Settles under the inbox's lease: done or skipped, due again, or given up on (a dead letter, which is kept). */
  settle(
    lease: Lease,
    outcomes: readonly {
      readonly id: string;
      readonly status: DeliveryStatus;
      readonly reason?: string;
      readonly nextAttemptAt?: Date;
    }[],
    at: Date,
  ): Promise<void>;
  /** When the next event of a connection is due; undefined when none waits. */
  nextDue(lease: Lease, connectionId: string): Promise<Date | undefined>;
  get(orgId: string, id: string): Promise<Delivery | undefined>;
  /** Newest first. */
  list(
    orgId: string,
    filter: { readonly connectionId?: string; readonly status?: DeliveryStatus; readonly limit?: number },
  ): Promise<readonly Delivery[]>;
  counts(orgId: string, connectionId: string): Promise<{ readonly [status in DeliveryStatus]: number }>;
  /** Makes events pending again, whatever became of them, and wakes the inbox. */
  replay(orgId: string, ids: readonly string[]): Promise<number>;
  park(batch: readonly UnroutedDelivery[]): Promise<void>;
  unrouted(integration: string, accountHash: string): Promise<readonly UnroutedDelivery[]>;
  dropUnrouted(ids: readonly string[]): Promise<void>;
  /** How many wait unrouted, by integration. */
  unroutedCounts(): Promise<{ readonly [integration: string]: number }>;
  /** Takes every event of a connection away, whatever became of it: part of an erasure. Returns how many went. */
  forget(lease: Lease, connectionId: string): Promise<number>;
  /** Retention: deliveries settled before, and unrouted received before. Returns how many went. */
  purge(settledBefore: Date, unroutedBefore: Date): Promise<number>;
}
