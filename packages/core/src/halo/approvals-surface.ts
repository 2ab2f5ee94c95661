import type { ApprovalCard } from "../approvals/card.ts";
import type { ActionPreview, ActionSubject, Money } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import type { ActionState, AuditHead, AuditLine } from "../ports/action-store.ts";
import type { Stop } from "../ports/approval-store.ts";

/** Who clicks, as the host's session knows them. */
export interface Person {
  /** The host's id of the person: the same wherever they click. */
  readonly id: string;
  /** A service decides nothing. */
  readonly kind: "human" | "service";
  readonly roles: readonly string[];
  /** Their address, where the host has it: whoever is the customer decides nothing about themselves. */
  readonly email?: string | undefined;
}

export interface DecideRequest {
  readonly orgId: string;
  readonly approvalId: string;
  /** Of the card that the person saw: what changed since is not decided. */
  readonly hash: string;
  readonly actor: Person;
  /** At most 500 characters. Kept with the decision. */
  readonly reason?: string | undefined;
}

/** A proposal as people see it. */
export interface ApprovalView {
  /** The id of the call too, and of its effect at the vendor. */
  readonly id: string;
  readonly orgId: string;
  readonly state: ActionState;
  readonly agentId: string;
  readonly integration: string;
  readonly action: string;
  readonly connectionId: string | undefined;
  readonly conversationId: string | undefined;
  /** On whose behalf the agent asked. */
  readonly requestedBy: string | undefined;
  readonly subject: ActionSubject | undefined;
  readonly input: Json;
  readonly preview: ActionPreview;
  readonly money: Money | undefined;
  /** To be shown before anybody decides: everything that the decision is about. */
  readonly card: ApprovalCard;
  /** To be given back with the decision. */
  readonly hash: string;
  /** Of this many people. */
  readonly needed: number;
  readonly decisions: readonly {
    readonly kind: "approve" | "reject";
    readonly by: string;
    readonly reason: string | undefined;
    readonly at: Date;
  }[];
  /** What the agent had read through Halo's tools; undefined: not known. */
  readonly sources: readonly string[] | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | undefined;
  readonly output: Json | undefined;
  readonly error: { readonly code: string; readonly message: string; readonly gate?: string } | undefined;
}

export interface Approvals {
  /** The newest first; `before` is the id of the last one of the page before. */
  list(
    orgId: string,
    filter?: {
      readonly state?: ActionState;
      readonly agentId?: string;
      readonly conversationId?: string;
      readonly before?: string;
      /** Default 50, at most 200. */
      readonly limit?: number;
    },
  ): Promise<readonly ApprovalView[]>;
  get(orgId: string, approvalId: string): Promise<ApprovalView>;
  /**
   * A person says yes to exactly what they saw. Once enough have, a worker executes it: all gates are asked again, and the
   * vendor's objects read anew. Throws `gate_closed` (gate `approver`: a service, without the role, who asked themselves;
   * `stopped`), and `approval_stale` with `current`: the state that stands, "expired", "changed" or "decided".
   */
  approve(request: DecideRequest): Promise<ApprovalView>;
  /** Whether a person has the role to decide anything in the org; of which decisions, each approval says. */
  mayDecide(orgId: string, person: Person): Promise<boolean>;
  /** A person says no; the same is not asked for again for a while. Throws as `approve`. */
  reject(request: DecideRequest): Promise<ApprovalView>;
}

export interface AuditReport {
  readonly ok: boolean;
  /** Lines that were looked at. */
  readonly lines: number;
  /** The last line, to be kept elsewhere: with it, a later check finds also what was cut off at the end. */
  readonly head: AuditHead | undefined;
  /** The last line that retention took; what was before it is not looked at. */
  readonly pruned: AuditHead | undefined;
  /** The first thing that is wrong. */
  readonly broken:
    | {
        /** Where in the chain. */
        readonly chainSeq: number;
        readonly callId: string | undefined;
        /** `unproven`: a line has a person say what became of a call, and no key of the ring shows that they did. */
        readonly reason: "missing" | "changed" | "cut_off" | "call_changed" | "unproven";
      }
    | undefined;
}

export interface Audit {
  /**
   * Reads the org's whole chain and says whether anybody changed, removed or added a line, and where. `anchor` is an earlier
   * report's head.
   */
  verify(request: {
    readonly orgId: string;
    readonly anchor?: AuditHead;
    readonly signal?: AbortSignal;
  }): Promise<AuditReport>;
  head(orgId: string): Promise<AuditHead | undefined>;
  /** In the order of the chain, those after `after`. */
  list(
    orgId: string,
    page?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly AuditLine[]>;
}

/** Stops every action at once. */
export interface KillSwitch {
  /** Of one org, or of the whole deployment. Once it has returned, no call is begun and no attempt. */
  stop(request: { readonly orgId: string | "deployment"; readonly actor: Person }): Promise<Stop>;
  /** What was approved before the stop stays without effect: it has to be proposed anew. */
  resume(request: {
    readonly orgId: string | "deployment";
    readonly actor: Person;
  }): Promise<Stop | undefined>;
  /** What stands still now; empty: nothing. */
  stops(orgId: string): Promise<readonly Stop[]>;
}

/** What became of a proposal: ids and states, no customer's text. */
export interface ApprovalEvent {
  readonly orgId: string;
  readonly approvalId: string;
  readonly agentId: string;
  readonly integration: string;
  readonly action: string;
  readonly connectionId: string | undefined;
  readonly conversationId: string | undefined;
  readonly state: ActionState;
  readonly expiresAt: Date;
  /** Who decided. */
  readonly by?: string;
  /** Of an alarm: what does not fit. */
  readonly reason?: string;
}
