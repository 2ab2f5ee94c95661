import type { ActionPreview, ActionSubject } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import type { Agent, AgentAction } from "./agent-store.ts";
import type { Connection } from "./connection-store.ts";
import type { Lease } from "./lease-store.ts";

/**
 * `refused` (by a gate, recorded), `awaiting_consent`, `executing`, then one of the ends. `outcome_unknown`: nobody can
 * tell whether it happened, nothing tries again, a person looks. With approvals (A10) come `proposed`, `approved`,
 * `rejected`, `expired` and `reconciled`.
 */
export type ActionState =
  | "refused"
  | "awaiting_consent"
  | "proposed"
  | "approved"
  | "rejected"
  | "expired"
  | "executing"
  | "succeeded"
  | "failed"
  | "outcome_unknown"
  | "reconciled";

export interface ActionCall {
  readonly orgId: string;
  readonly id: string;
  readonly agentId: string;
  readonly integration: string;
  /** Undefined when it was refused before a connection was found. */
  readonly connectionId: string | undefined;
  /** Of the connection: a call that was begun under another account or another connect is stale. */
  readonly generation: number | undefined;
  readonly action: string;
  readonly version: number;
  readonly state: ActionState;
  /** The caller's; unique in an org. Absent: each call is its own. */
  readonly idempotencyKey: string | undefined;
  /** Over org, connection, vendor account, action, version, subject and canonical arguments. */
  readonly argumentsHash: string;
  readonly input: Json;
  readonly subject: ActionSubject | undefined;
  readonly conversationId: string | undefined;
  /** What was shown to whoever has to say yes. */
  readonly preview: ActionPreview | undefined;
  /** Of the confirmation that was handed out, never the confirmation. */
  readonly confirmationHash: string | undefined;
  readonly expiresAt: Date | undefined;
  /** Attempts at the vendor that were begun. */
  readonly attempts: number;
  readonly output: Json | undefined;
  /** Code, and words without customer text; `gate` for a refused one. */
  readonly error: { readonly code: string; readonly message: string; readonly gate?: string } | undefined;
  readonly createdAt: Date;
  /** When the first attempt at the vendor was begun: what effects are dated by. */
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** One line of the audit: append-only, written in the transaction of what it tells of. */
export interface ActionAudit {
  readonly orgId: string;
  readonly callId: string;
  /** From 1, without gaps, per call. */
  readonly seq: number;
  readonly from: ActionState | undefined;
  readonly to: ActionState;
  readonly actor: { readonly kind: "agent" | "user" | "human" | "engine"; readonly id: string };
  readonly at: Date;
  /** No customer text, no secret. */
  readonly note: string | undefined;
}

/** A line in the org's chain of all its lines. */
export interface AuditLine extends Omit<ActionAudit, "to"> {
  /** From 1, without gaps, per org. */
  readonly chainSeq: number;
  /** SHA-256, hex, over the one before and this line: `auditHash`. */
  readonly hash: string;
  /** Of no call, but of the org: "stopped", "resumed", and "pruned" (`prunedNote`). */
  readonly to: ActionState | "stopped" | "resumed" | "pruned";
}

/** The last line of an org's chain. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the gates look at, read at one moment. */
export interface ActionGates {
  /** Whether somebody stopped all actions, of the org or of the deployment. */
  readonly stopped: boolean;
  readonly agent: Agent | undefined;
  readonly agentAction: AgentAction | undefined;
  /** The connections of the integration, in whatever state, the newest first; of one id, if one was named. */
  readonly connections: readonly Connection[];
}

export interface ActionStore {
  /** One read, of one moment. */
  gates(
    orgId: string,
    asked: {
      readonly agentId: string;
      readonly integration: string;
      readonly action: string;
      readonly connectionId?: string | undefined;
    },
  ): Promise<ActionGates>;
  /**
   * Records a call with its first audit line, in one transaction. A call of the same idempotency key, or the same id, is
   * not recorded again: it is handed back as it stands, without a lease (`fresh: false`). A call in `executing` comes
   * with its lease (kind `action`, subject the call's id), claimed for `holder`, so that a crash leaves it to whoever
   * sweeps. With `expect` a new call is refused with `conflict`, and nothing is recorded, when what the gates saw has
   * moved on (see `GatesSeen`): once a switch-off has returned, no call is begun any more.
   */
  begin(
    call: ActionCall,
    options: {
      readonly actor: ActionAudit["actor"];
      readonly note?: string;
      readonly lease?: { readonly holder: string; readonly ttlMs: number };
      readonly expect?: GatesSeen;
    },
  ): Promise<{ readonly fresh: boolean; readonly call: ActionCall; readonly lease: Lease | undefined }>;
  /**
   * Moves a call on, by compare-and-set on its state and, where a lease is given, under its fence. Throws, in this order:
   * `not_found`; `lease_lost`; `conflict` with the state that stands when it is not one of `from`; `conflict` when what
   * `expect` names has moved on. One audit line, same transaction. Out of `executing` the given lease goes too, so that
   * nobody has to release it; a move that stays in `executing` keeps it.
   */
  transition(
    orgId: string,
    callId: string,
    change: {
      readonly from: readonly ActionState[];
      readonly to: ActionState;
      readonly actor: ActionAudit["actor"];
      readonly at: Date;
      readonly note?: string;
      readonly lease?: Lease;
      /** Claim the call's lease with the move to `executing`; whoever had it loses it. */
      readonly claim?: { readonly holder: string; readonly ttlMs: number };
      readonly expect?: GatesSeen;
      /**
       * With a lease: the call as its holder knows it, since nobody else can have moved it. It is handed back with what was
       * set, and need not be read.
       */
      readonly known?: ActionCall | undefined;
      /** With a lease, out of `executing`: the call's work is due again then, instead of being over. */
      readonly again?: Date | undefined;
      /** A field that is present is set, undefined included; one that is absent stays. */
      readonly set?: Partial<
        Pick<
          ActionCall,
          "attempts" | "output" | "error" | "startedAt" | "endedAt" | "confirmationHash" | "expiresAt"
        >
      >;
    },
  ): Promise<{ readonly call: ActionCall; readonly lease: Lease | undefined }>;
  get(orgId: string, callId: string): Promise<ActionCall | undefined>;
  byKey(orgId: string, idempotencyKey: string): Promise<ActionCall | undefined>;
  /** The newest first, which is by id; `before` is the id of the last one of the page before. */
  list(
    orgId: string,
    filter: {
      readonly agentId?: string | undefined;
      readonly connectionId?: string | undefined;
      readonly action?: string | undefined;
      readonly state?: ActionState | undefined;
      readonly before?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly ActionCall[]>;
  /** Every line of the org in the order of its chain, those after `after`; each is chained in the transaction that writes it. */
  chain(
    orgId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly AuditLine[]>;
  /** Undefined: the org has no line. */
  chainHead(orgId: string): Promise<AuditHead | undefined>;
  /** The last line that retention took; the chain goes on from its hash. Undefined: none went. */
  chainBase(orgId: string): Promise<AuditHead | undefined>;
  /**
   * Retention, in every org: the beginning of each chain goes, up to the first line that is not from before, or is of a call that
   * is under way or did not end before; at most a few thousand lines an org in one transaction, until none is left. Calls whose every
   * line went go too, with their proposals, decisions and keys. Each time a line "pruned" says up to where. Never touches what
   * is younger than 400 days by the store's clock. Returns how many lines went.
   */
  prune(before: Date): Promise<number>;
  /** In the order of `seq`. */
  audit(orgId: string, callId: string): Promise<readonly ActionAudit[]>;
}

/**
 * What must still stand for a call to be executed: the agent is active, its action enabled and at this revision, the
 * connection of the call's integration, connected, of this generation, and its mode `actions` not off; and nobody stopped
 * the actions of the org or of the deployment. The `conflict` names what does not in `current`: "stopped", "agent",
 * "agent_action" or "connection".
 */
export interface GatesSeen {
  readonly agentActionRevision: number;
  readonly connectionId: string;
  readonly generation: number;
}
