import type { ActionCall, ActionStore, GatesSeen } from "../ports/action-store.ts";
import type { Agent, AgentAction } from "../ports/agent-store.ts";
import { actionCall } from "./action-call.ts";
import { newId } from "./ids.ts";
import type { StorageTest } from "./storage-promise.ts";
import { at, long, newAgent, type World, world } from "./storage-world.ts";

export const actor = { kind: "agent", id: "bot" } as const;

/** An org whose agent may create deals at its connection. */
export interface AgentWorld extends World {
  readonly agent: Agent;
  readonly agentAction: AgentAction;
  /** What the gates saw of them. */
  readonly seen: GatesSeen;
  /** Options to begin a call in `executing` with. */
  readonly executing: Parameters<ActionStore["begin"]>[1] & { readonly lease: object };
  call(like?: Partial<ActionCall>): ActionCall;
}

export async function agentWorld(test: StorageTest): Promise<AgentWorld> {
  const self = await world(test);
  const { orgId, connectionId, connection, storage } = self;
  const agent = await storage.agents.upsert(newAgent(orgId));
  const agentAction = await storage.agents.setAction(orgId, {
    agentId: agent.id,
    integration: "acme",
    action: "create_deal",
    enabled: true,
    config: { pipeline: "default" },
    at: at(0),
  });
  const { generation } = connection;
  return {
    ...self,
    agent,
    agentAction,
    seen: { agentActionRevision: agentAction.revision, connectionId, generation },
    executing: { actor, lease: { holder: `holder-${newId()}`, ttlMs: long } },
    call: (like = {}) =>
      actionCall({
        orgId,
        id: newId(),
        agentId: agent.id,
        connectionId,
        generation,
        input: { name: "Deal" },
        createdAt: at(1),
        ...like,
      }),
  };
}
