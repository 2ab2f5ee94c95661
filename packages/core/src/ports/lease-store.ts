/**
 * What kinds of work there are. Each piece is one row that is claimed, worked for a slice (30 s at most), and let go:
 * a sync run; a connection's inbox; an org's documents to index; an org's customers to merge and relink; a
 * connection's schedule; a call of an action; an org's notifications; how an org's customers stand (health, renewals,
 * segments); an org's documents to judge by its learning rules, and to distil.
 */
export type WorkKind =
  | "run"
  | "inbox"
  | "index"
  | "customers"
  | "schedule"
  | "action"
  | "notify"
  | "standing"
  | "judge"
  | "distil";

/** Asks that a piece of work be looked at. Idempotent: many wakes of one key are one piece of work. */
export interface Wake {
  readonly kind: WorkKind;
  readonly orgId: string;
  /** Id of the run, of the call (`action`), of the connection (`inbox`, `schedule`); for the others the org's. */
  readonly subject: string;
  /** Not before then; absent: now. The earliest of several wakes wins. */
  readonly at?: Date;
}

/** The right to do a piece of work, until `expiresAt` by the store's clock. `fence` proves that it is still ours. */
export interface Lease {
  readonly kind: WorkKind;
  readonly orgId: string;
  readonly subject: string;
  /** Grows with every claim of this key, for ever. */
  readonly fence: number;
  readonly holder: string;
  readonly expiresAt: Date;
  /** Claims in a row that were not released (crashes), this one included. */
  readonly attempts: number;
}

export interface LeaseStore {
  /** Registers work and, if it is due now, kicks a worker (see `JobStore`). */
  wake(wakes: readonly Wake[]): Promise<void>;
  /**
   * Claims up to `limit` pieces that are due and held by nobody (or by somebody whose lease ran out), one each. Orgs
   * take turns: no org gets a second piece while another waits for its first.
   */
  claim(request: {
    readonly holder: string;
    readonly limit: number;
    readonly ttlMs: number;
    readonly kinds?: readonly WorkKind[];
  }): Promise<readonly Lease[]>;
  /** Extends the lease. False: it is no longer ours, stop. */
  heartbeat(lease: Lease, ttlMs: number): Promise<boolean>;
  /**
   * Lets go. `again` undefined: nothing is left to do, unless somebody woke the key since the claim: then it is due
   * at once. Otherwise it is due at that time. No effect when the fence has moved on.
   */
  release(lease: Lease, again: Date | undefined): Promise<void>;
  /** Frees everything that a holder has, when its process ends in good order. */
  releaseAll(holder: string): Promise<void>;
  /** When the next piece is due; undefined when nothing waits. */
  nextDue(): Promise<Date | undefined>;
  /**
   * Takes a slot of a schedule: true for exactly one caller, over all processes, for each (key, due time). A process
   * that was down takes the slot that is due now, once.
   */
  takeSlot(key: string, dueAt: Date): Promise<boolean>;
}
