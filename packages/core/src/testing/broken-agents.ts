import { orgOf, tuple } from "../memory/state.ts";
import type { Breakage } from "./broken-storage.ts";

let grows = 0;

export const agentBreakages: readonly Breakage[] = [
  {
    name: "an agent is created anew with every change",
    room: "agents",
    breaks: "an agent comes back",
    rooms: (good, state) => ({
      agents: {
        upsert: (agent) => {
          orgOf(state, agent.orgId).agents.delete(agent.id);
          return good.agents.upsert(agent);
        },
      },
    }),
  },
  {
    name: "the revision grows without a change",
    room: "agents",
    breaks: "the revision of an agent's action",
    rooms: (good) => ({
      agents: {
        setAction: async (orgId, action) => {
          await good.agents.setAction(orgId, { ...action, config: { grows: ++grows } });
          return good.agents.setAction(orgId, action);
        },
      },
    }),
  },
  {
    name: "a change of the configuration is no change",
    room: "agents",
    breaks: "the revision of an agent's action",
    rooms: (good, state) => ({
      agents: {
        setAction: async (orgId, action) => {
          const key = tuple(action.agentId, action.integration, action.action);
          const { agentActions } = orgOf(state, orgId);
          const before = agentActions.get(key);
          const { revision, ...set } = await good.agents.setAction(orgId, action);
          const kept = before && before.enabled === set.enabled ? before.revision : revision;
          agentActions.set(key, { ...set, revision: kept });
          return { ...set, revision: kept };
        },
      },
    }),
  },
  {
    name: "a configuration that is not named is emptied",
    room: "agents",
    breaks: "the revision of an agent's action",
    rooms: (good) => ({
      agents: { setAction: (orgId, action) => good.agents.setAction(orgId, { config: {}, ...action }) },
    }),
  },
  {
    name: "actions of all agents are listed",
    room: "agents",
    breaks: "an agent's actions come",
    rooms: (_, state) => ({
      agents: { actions: async (orgId) => [...orgOf(state, orgId).agentActions.values()] },
    }),
  },
  {
    name: "an agent is made by what it is given",
    room: "agents",
    breaks: "an agent that is not there",
    rooms: (good) => ({
      agents: {
        mapChannel: async (orgId, mapping) => {
          if ((await good.agents.get(orgId, mapping.agentId)) !== undefined)
            return good.agents.mapChannel(orgId, mapping);
        },
      },
    }),
  },
  {
    name: "a channel stays with the agent that had it first",
    room: "agents",
    breaks: "one channel belongs",
    rooms: (good) => ({
      agents: {
        mapChannel: async (orgId, mapping) => {
          const mapped = await good.agents.channels(orgId, mapping.connectionId);
          if (!mapped.some(({ channel }) => channel === mapping.channel))
            await good.agents.mapChannel(orgId, mapping);
        },
      },
    }),
  },
  {
    name: "a channel that is mapped again has its history read again",
    room: "agents",
    breaks: "one channel belongs",
    rooms: (good) => ({
      agents: {
        mapChannel: async (orgId, mapping) => {
          await good.agents.unmapChannel(orgId, mapping.connectionId, mapping.channel);
          await good.agents.mapChannel(orgId, mapping);
        },
      },
    }),
  },
  {
    name: "agents that are not active keep their channels",
    room: "agents",
    breaks: "channels of an agent",
    rooms: (good, state) => ({
      agents: {
        channels: async (orgId, connectionId) => {
          const { agents } = orgOf(state, orgId);
          const before = [...agents.values()];
          for (const agent of before) agents.set(agent.id, { ...agent, active: true });
          const channels = await good.agents.channels(orgId, connectionId);
          for (const agent of before) agents.set(agent.id, agent);
          return channels;
        },
      },
    }),
  },
  {
    name: "what is read of an agent is what is stored",
    room: "agents",
    breaks: "callers cannot change",
    rooms: (_, state) => ({
      agents: { actions: async (orgId) => [...orgOf(state, orgId).agentActions.values()] },
    }),
  },
  {
    name: "agents of one id are one agent, whatever the org",
    room: "agents",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      agents: {
        get: async (_, agentId) => {
          for (const orgId of state.orgs.keys()) {
            const found = await good.agents.get(orgId, agentId);
            if (found !== undefined) return found;
          }
          return undefined;
        },
      },
    }),
  },
  {
    name: "agents' actions are kept in a plain object",
    room: "agents",
    breaks: "T27 hostile names",
    rooms: (good) => ({
      agents: {
        setAction: (orgId, action) => {
          const byName: Record<string, boolean> = {};
          if (byName[action.action] !== undefined)
            return good.agents.setAction(orgId, { ...action, config: {} });
          return good.agents.setAction(orgId, action);
        },
      },
    }),
  },
];
