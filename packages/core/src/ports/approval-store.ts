import type { ActionPreview, Money } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import type { ActionAudit, ActionCall, ActionState, GatesSeen } from "./action-store.ts";
import type { Lease } from "./lease-store.ts";

/**
 * A proposal: an action's call that waits for people. It has the call's id, which is also what its effect bears at the
 * vendor (A9). Its state is the call's: `proposed`, then `approved`, `rejected` or `expired`, then as any call.
 */
export interface Proposal {
  readonly orgId: string;
  readonly id: string;
  /** Over the call's `argumentsHash` and everything below that is shown or compared: what a decision names. */
  readonly hash: string;
  /** The vendor's account that it is bound to, test or live included. */
  readonly account: string;
  /** The user on whose behalf the agent asked, in the host's own ids. */
  readonly requestedBy: string | undefined;
  readonly preview: ActionPreview;
  readonly money: Money | undefined;
  /** Whose money it is; limits per customer go by it. */
  readonly customer: string | undefined;
  /** What the vendor's objects were when it was proposed. */
  readonly state: Json | undefined;
  /** Where the agent had read before; undefined: not known. */
  readonly sources: readonly string[] | undefined;
  /** How many people have to approve it. */
  readonly needed: number;
  readonly createdAt: Date;
  /** By the store's clock. */
  readonly expiresAt: Date;
}

/** What one person decided. */
export interface Decision {
  readonly kind: "approve" | "reject";
  /** The host's id of the person. */
  readonly by: string;
  /** What they saw. */
  readonly hash: string;
  readonly reason: string | undefined;
  readonly at: Date;
  /** A MAC by the key ring over all of it, so that no writer of rows can decide (T37). */
  readonly proof: string;
}

export interface Approval {
  readonly call: ActionCall;
  readonly proposal: Proposal;
  /** In their order. */
  readonly decisions: readonly Decision[];
}

/** What an org's people may let through within a time, at most. */
export interface MoneyLimit {
  readonly per: "org" | "agent" | "customer";
  readonly currency: string;
  readonly amountMinor: number;
  readonly windowMs: number;
}

/** Since when an org's actions stand still; `resumedAt` undefined: they still do. */
export interface Stop {
  readonly scope: "org" | "deployment";
  readonly by: string;
  readonly stoppedAt: Date;
  readonly resumedAt: Date | undefined;
}

export interface ApprovalStore {
  /**
   * Records a proposal with its call (in `proposed`) and its first audit line, and wakes its work, in one
   * transaction, one after the other in an org. `expiresAt` is set to `ttlMs` from now by the store's clock. What
   * stands in its way is handed back instead, in this order: the call of the same idempotency key, or id; an unfinished
   * proposal (`proposed`, `approved`, `executing`) of the same `argumentsHash` (`standing`). Throws `approval_stale` with `current`
   * "rejected" if one of that hash was rejected within `coolDownMs` (A15); `conflict` with "full" when `most` proposals of the
   * agent, or `mostOfOrg`, wait already (T40); `conflict` as `ActionStore.begin` when what `expect` names has moved on.
   */
  propose(
    proposal: Omit<Proposal, "expiresAt">,
    call: ActionCall,
    options: {
      readonly actor: ActionAudit["actor"];
      readonly note: string;
      readonly ttlMs: number;
      readonly coolDownMs: number;
      readonly most: number;
      readonly mostOfOrg: number;
      readonly expect: GatesSeen;
    },
  ): Promise<{ readonly fresh: boolean; readonly approval: Approval | undefined; readonly call: ActionCall }>;
  /**
   * Records one person's decision by one conditional change (A4): the proposal waits, has this hash, has not expired by the
   * store's clock, and this person has not decided it. A rejection moves it to `rejected`, the last approval that is
   * needed to `approved`; one before that leaves it `proposed`. One audit line; its work is woken. Throws
   * `not_found`, or `approval_stale` with `current`: the state that stands, "expired", "changed" (another hash), or "decided" (by
   * this person, before).
   */
  decide(orgId: string, id: string, decision: Decision, error?: ActionCall["error"]): Promise<Approval>;
  /** Moves what waits and has expired by the store's clock to `expired`. Undefined: it does not wait, or not for so long. */
  expire(
    orgId: string,
    id: string,
    options: { readonly actor: ActionAudit["actor"]; readonly at: Date; readonly error: ActionCall["error"] },
  ): Promise<Approval | undefined>;
  /**
   * Begins the execution of what was approved, once, under the call's lease: moves it from `approved` to `executing` with its
   * first attempt counted, if no approval of it is older than a stop, it has not expired, what `expect` names still stands, and
   * every limit holds with it. Of one org this happens one after the other (T41). What counts against a limit: the money of its
   * calls begun within the window that were executed, may have been, or are being. Throws `lease_lost`; `approval_stale`
   * with `current` "expired" or the state; `conflict` with "limit", or as `ActionStore.transition`.
   */
  begin(
    orgId: string,
    id: string,
    options: {
      readonly lease: Lease;
      readonly actor: ActionAudit["actor"];
      readonly at: Date;
      readonly expect: GatesSeen;
      readonly limits: readonly MoneyLimit[];
    },
  ): Promise<ActionCall>;
  get(orgId: string, id: string): Promise<Approval | undefined>;
  /** The newest first, which is by id; `before` is the id of the last one of the page before. */
  list(
    orgId: string,
    filter: {
      readonly state?: ActionState | undefined;
      readonly agentId?: string | undefined;
      readonly conversationId?: string | undefined;
      readonly before?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Approval[]>;
  /**
   * Stops every action of an org, or of all (`orgId` undefined): from then on no call is begun and no attempt (see
   * `GatesSeen`), and once it has returned none does. Of an org it leaves a line in its audit. By the store's clock. Idempotent.
   */
  stop(orgId: string | undefined, by: string): Promise<Stop>;
  /** Undefined: it was not stopped. What was approved before the stop stays without effect. */
  resume(orgId: string | undefined, by: string): Promise<Stop | undefined>;
  /** The stops of an org and of the deployment, those that are over too. */
  stops(orgId: string): Promise<readonly Stop[]>;
}
