import type { ActionOutcome, HaloTool } from "../actions/tool.ts";
import type { ActionSubject } from "../define/action.ts";
import type { AgentKind, MappedChannel } from "../define/stream.ts";
import type { ActionGate } from "../gate/action-gates.ts";
import type { ActionAudit, ActionCall, ActionState } from "../ports/action-store.ts";
import type { Agent, AgentAction } from "../ports/agent-store.ts";
import type { SearchScope } from "../ports/knowledge-store.ts";
import type { Person } from "./approvals-surface.ts";

export interface Agents {
  /** Creates or changes an agent under the host's own id; what is left out stays, or is customer-facing and active. */
  upsert(agent: {
    readonly orgId: string;
    readonly id: string;
    /** Default: the id. */
    readonly name?: string;
    readonly kind?: AgentKind;
    readonly active?: boolean;
  }): Promise<Agent>;
  get(orgId: string, agentId: string): Promise<Agent>;
  list(orgId: string): Promise<readonly Agent[]>;
  /**
   * Enables or disables one action of one agent, with its configuration: checked by the action's own schema, stored with
   * its defaults filled in; left out, it stays. Takes effect on calls that are under way, before their next attempt.
   */
  setAction(request: {
    readonly orgId: string;
    readonly agentId: string;
    readonly action: string;
    /** Needed only where several integrations have an action of this name. */
    readonly integration?: string;
    readonly enabled: boolean;
    readonly config?: unknown;
  }): Promise<AgentAction>;
  actions(orgId: string, agentId: string): Promise<readonly AgentAction[]>;
  /** Lets an agent hear a channel of a connection; its history is read by a sync that begins now. */
  mapChannel(request: ChannelRequest & { readonly agentId: string }): Promise<void>;
  /** False: it was not mapped. What was heard stays known. */
  unmapChannel(request: ChannelRequest): Promise<boolean>;
  channels(orgId: string, connectionId: string): Promise<readonly MappedChannel[]>;
}

export interface ChannelRequest {
  readonly orgId: string;
  readonly connectionId: string;
  /** The vendor's id. */
  readonly channel: string;
}

/** An action, and whether an agent may do it now. */
export interface ActionListing {
  readonly integration: string;
  readonly action: string;
  readonly name: string;
  readonly description: string;
  readonly destructive: boolean;
  /** Who has to say yes before it happens. */
  readonly asks: "nobody" | "user" | "human";
  readonly available: boolean;
  /** The first gate that is closed, and what to do about it. */
  readonly closed: { readonly gate: ActionGate; readonly message: string } | undefined;
  /** Undefined until it was set. */
  readonly enabled: boolean | undefined;
}

/** Which agent of which org, and through which connection where an org has several to one vendor. */
export interface AgentScope {
  readonly orgId: string;
  readonly agentId: string;
  /** Connection ids by integration. */
  readonly connections?: { readonly [integration: string]: string };
}

/** What the host knows of a conversation. No model writes into it. */
export interface ActionContext {
  readonly conversationId?: string | undefined;
  /** Whose records are touched. */
  readonly customer?: ActionSubject | undefined;
  /**
   * The person on whose behalf the agent asks, by the id that they would approve with: they may not. Needed where an internal
   * agent asks for what a person has to approve.
   */
  readonly requestedBy?: string | undefined;
  /** Keys of what the agent had read before it asked, as far as known; shown to whoever approves. */
  readonly sources?: readonly string[] | undefined;
}

export interface InvokeRequest {
  readonly orgId: string;
  readonly agentId: string;
  readonly action: string;
  /** Needed only where several integrations have an action of this name. */
  readonly integration?: string;
  /** What the model gave. */
  readonly input: unknown;
  readonly context: ActionContext;
  /** Needed only where the org has several connections to the vendor. */
  readonly connectionId?: string;
  /** The same key with the same arguments is one call in this org, for as long as calls are kept. At most 200 characters. */
  readonly idempotencyKey?: string;
  /** From a `needs_confirmation`, once the user said yes. */
  readonly confirmation?: string;
  /** Stops the waiting. A call that was begun is seen through and written down all the same. */
  readonly signal?: AbortSignal;
}

/** A person's word on a call that is `outcome_unknown`. */
export type ReconcileRequest = {
  readonly orgId: string;
  readonly callId: string;
  readonly actor: Person;
} & (
  | {
      readonly happened: true;
      /** What the vendor calls that which was done: a refund's id, say. No spaces, at most 200 characters. */
      readonly vendorId: string;
    }
  /** The same may be asked for anew. */
  | { readonly happened: false }
);

export interface Actions {
  /** Every action of every integration, and whether this agent may do it now. */
  list(scope: AgentScope): Promise<readonly ActionListing[]>;
  /**
   * Workspace mode → agent → input → permit → consent or approval → execution → audit; the gates are asked again at the
   * moment of execution. Every call leaves a row. Throws `gate_closed` (with the gate), `input_invalid`, `not_found`,
   * `conflict`, `approval_stale`, what the vendor failed with, and `outcome_unknown` where nobody can tell.
   */
  invoke(request: InvokeRequest): Promise<ActionOutcome>;
  /**
   * What the agent may do now, as tools for a framework; with `scope`, knowledge search and what is known of the
   * customer too. What a tool touches and how far it sees is set here, by the host.
   */
  tools(
    scope: AgentScope & { readonly context: ActionContext; readonly scope?: SearchScope },
  ): Promise<readonly HaloTool[]>;
  readonly calls: {
    get(orgId: string, callId: string): Promise<ActionCall>;
    /** The newest first; `before` is the id of the last one of the page before. */
    list(
      orgId: string,
      filter?: {
        readonly agentId?: string;
        readonly connectionId?: string;
        readonly action?: string;
        readonly state?: ActionState;
        readonly before?: string;
        /** Default 50, at most 200. */
        readonly limit?: number;
      },
    ): Promise<readonly ActionCall[]>;
    audit(orgId: string, callId: string): Promise<readonly ActionAudit[]>;
    /**
     * A person with an approver's role, who neither asked for it nor is whom it is about, looked at the vendor and says what
     * became of a call that is `outcome_unknown`: it is `reconciled` then, with who said so in the audit. Nothing is executed.
     * Throws `gate_closed` (gate `approver`), `not_found`, and `conflict` with `current`: the state that stands; "settling"
     * for a "no" within five minutes of the last attempt; "reconciled" for a "no" where the vendor, asked once more, has it.
     */
    reconcile(request: ReconcileRequest): Promise<ActionCall>;
  };
}

/** How a call ended: ids and codes, no customer's text. */
export interface ActionEvent {
  readonly orgId: string;
  readonly callId: string;
  readonly agentId: string;
  readonly integration: string;
  readonly action: string;
  readonly connectionId: string | undefined;
  /** Of the error, where there is one. */
  readonly code?: string;
  /** Which gate refused it. */
  readonly gate?: string;
  /** The person who said what became of it. */
  readonly by?: string;
}
