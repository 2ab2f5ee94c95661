import type { Json } from "../define/json.ts";
import type { AgentKind, MappedChannel } from "../define/stream.ts";

/** A persona of the host's product, under the host's own id. */
export interface Agent {
  readonly orgId: string;
  readonly id: string;
  readonly name: string;
  /** What it may know and say depends on it. Default `customer_facing`. */
  readonly kind: AgentKind;
  /** An agent that is not active may do nothing. */
  readonly active: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One action of one agent. Absent: not enabled. */
export interface AgentAction {
  readonly orgId: string;
  readonly agentId: string;
  readonly integration: string;
  readonly action: string;
  readonly enabled: boolean;
  /** As the action's `config` schema parsed it. */
  readonly config: { readonly [name: string]: Json | undefined };
  /**
   * Grows with every change, and only then (setting what is set already is none); a call that was let through under
   * another one is asked again.
   */
  readonly revision: number;
  readonly updatedAt: Date;
}

export interface AgentStore {
  /** Creates or changes; `createdAt` of a known one stays. */
  upsert(agent: Agent): Promise<Agent>;
  get(orgId: string, agentId: string): Promise<Agent | undefined>;
  /** By id. */
  list(orgId: string): Promise<readonly Agent[]>;
  /** Throws `not_found` for an agent that is not there. `config` absent: it stays; of a new one it is empty. */
  setAction(
    orgId: string,
    action: {
      readonly agentId: string;
      readonly integration: string;
      readonly action: string;
      readonly enabled: boolean;
      readonly config?: AgentAction["config"];
      readonly at: Date;
    },
  ): Promise<AgentAction>;
  /** By integration and action. */
  actions(orgId: string, agentId: string): Promise<readonly AgentAction[]>;
  /**
   * One channel belongs to one agent: mapping it again moves it, and `mappedAt` stays when the agent does. Throws
   * `not_found` for an agent that is not there.
   */
  mapChannel(
    orgId: string,
    mapping: {
      readonly connectionId: string;
      readonly channel: string;
      readonly agentId: string;
      readonly at: Date;
    },
  ): Promise<void>;
  /** False: it was not mapped. */
  unmapChannel(orgId: string, connectionId: string, channel: string): Promise<boolean>;
  /** Mapped channels with their agents' kinds; those of agents that are not active are left out. */
  channels(orgId: string, connectionId: string): Promise<readonly MappedChannel[]>;
}
