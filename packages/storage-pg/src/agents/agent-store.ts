import { type AgentStore, StorageError } from "@halo/core";
import type { Door } from "../tenant.ts";
import {
  type AgentActionRow,
  type AgentRow,
  agentActionColumns,
  agentColumns,
  toAgent,
  toAgentAction,
} from "./agent-row.ts";
import { channels, mapChannel, unmapChannel } from "./channels.ts";
import { setAction } from "./set-action.ts";

export function agentStore(door: Door): AgentStore {
  return {
    upsert: (agent) =>
      door.inOrg(agent.orgId, async (tx) => {
        const { rows } = await tx.query<AgentRow>(upsert, [
          agent.orgId,
          agent.id,
          agent.name,
          agent.kind,
          agent.active,
          agent.createdAt,
          agent.updatedAt,
        ]);
        const [row] = rows;
        if (!row) throw new StorageError("The agent was not written.", { retryable: false });
        return toAgent(row);
      }),
    get: (orgId, agentId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<AgentRow>(selectOne, [orgId, agentId]);
        return rows[0] && toAgent(rows[0]);
      }),
    list: (orgId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<AgentRow>(selectAll, [orgId]);
        return rows.map(toAgent);
      }),
    setAction: (orgId, action) => door.inOrg(orgId, (tx) => setAction(tx, orgId, action)),
    actions: (orgId, agentId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<AgentActionRow>(selectActions, [orgId, agentId]);
        return rows.map(toAgentAction);
      }),
    mapChannel: (orgId, mapping) => door.inOrg(orgId, (tx) => mapChannel(tx, orgId, mapping)),
    unmapChannel: (orgId, connectionId, channel) =>
      door.inOrg(orgId, (tx) => unmapChannel(tx, orgId, connectionId, channel)),
    channels: (orgId, connectionId) => door.inOrg(orgId, (tx) => channels(tx, orgId, connectionId)),
  };
}

const upsert = `
  insert into agents (${agentColumns}) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (org_id, id) do update set name = excluded.name, kind = excluded.kind, active = excluded.active,
    updated_at = excluded.updated_at
  returning ${agentColumns}`;

const selectOne = `select ${agentColumns} from agents where org_id = $1 and id = $2`;

const selectAll = `select ${agentColumns} from agents where org_id = $1 order by id`;

const selectActions = `
  select ${agentActionColumns} from agent_actions where org_id = $1 and agent_id = $2 order by integration, action`;
