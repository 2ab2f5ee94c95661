import { ValidationError } from "../errors.ts";
import type { AgentAction, AgentStore } from "../ports/agent-store.ts";
import { canonicalJson } from "../storable-json.ts";
import { byText, copy, orgOf, type State, tuple } from "./state.ts";

export function memoryAgents(state: State): AgentStore {
  const requireAgent = (orgId: string, agentId: string) => {
    if (!orgOf(state, orgId).agents.has(agentId))
      throw new ValidationError("There is no such agent: create it with agents.upsert first.", {
        code: "not_found",
        path: "agentId",
        reason: "unknown",
      });
  };

  return {
    async upsert(agent) {
      const { agents } = orgOf(state, agent.orgId);
      const stored = { ...copy(agent), createdAt: agents.get(agent.id)?.createdAt ?? copy(agent.createdAt) };
      agents.set(agent.id, stored);
      return copy(stored);
    },

    async get(orgId, agentId) {
      return copy(orgOf(state, orgId).agents.get(agentId));
    },

    async list(orgId) {
      return copy([...orgOf(state, orgId).agents.values()].sort((a, b) => byText(a.id, b.id)));
    },

    async setAction(orgId, { agentId, integration, action, enabled, config, at }) {
      requireAgent(orgId, agentId);
      const { agentActions } = orgOf(state, orgId);
      const key = tuple(agentId, integration, action);
      const before = agentActions.get(key);
      const wanted = { enabled, config: copy(config ?? before?.config ?? {}) };
      // A host that says at every start what it said before makes nothing stale.
      if (
        before !== undefined &&
        before.enabled === enabled &&
        canonicalJson(before.config) === canonicalJson(wanted.config)
      )
        return copy(before);
      const stored: AgentAction = {
        orgId,
        agentId,
        integration,
        action,
        ...wanted,
        revision: (before?.revision ?? 0) + 1,
        updatedAt: copy(at),
      };
      agentActions.set(key, stored);
      return copy(stored);
    },

    async actions(orgId, agentId) {
      const found = [...orgOf(state, orgId).agentActions.values()].filter((one) => one.agentId === agentId);
      return copy(found.sort((a, b) => byText(a.integration, b.integration) || byText(a.action, b.action)));
    },

    async mapChannel(orgId, { connectionId, channel, agentId, at }) {
      requireAgent(orgId, agentId);
      const { channels } = orgOf(state, orgId);
      const key = tuple(connectionId, channel);
      if (channels.get(key)?.agentId === agentId) return;
      channels.set(key, { connectionId, channel, agentId, mappedAt: copy(at) });
    },

    async unmapChannel(orgId, connectionId, channel) {
      return orgOf(state, orgId).channels.delete(tuple(connectionId, channel));
    },

    async channels(orgId, connectionId) {
      const { agents, channels } = orgOf(state, orgId);
      const found = [...channels.values()].flatMap(({ connectionId: of, channel, agentId, mappedAt }) => {
        const agent = agents.get(agentId);
        if (of !== connectionId || agent === undefined || !agent.active) return [];
        return [{ channel, agentId, agentKind: agent.kind, mappedAt: copy(mappedAt) }];
      });
      return found.sort((a, b) => byText(a.channel, b.channel));
    },
  };
}
