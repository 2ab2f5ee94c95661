import type { AgentAction, AgentStore } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { type AgentActionRow, agentActionColumns, noAgent, toAgentAction } from "./agent-row.ts";

/** Waits for calls that are just being begun, and they for it: whoever comes second sees what the first one wrote. */
export async function setAction(
  tx: Tx,
  orgId: string,
  { agentId, integration, action, enabled, config, at }: Parameters<AgentStore["setAction"]>[1],
): Promise<AgentAction> {
  const key = [orgId, agentId, integration, action];
  const values = [...key, enabled, config === undefined ? null : JSON.stringify(config), at];
  const written = await tx.query<AgentActionRow>(upsert, values);
  // Nothing to write is either nothing to change or nobody to change it for.
  const [row] = written.count > 0 ? written.rows : (await tx.query<AgentActionRow>(select, key)).rows;
  if (!row) throw noAgent();
  return toAgentAction(row);
}

const upsert = `
  insert into agent_actions as a (${agentActionColumns})
  select org_id, id, $3, $4, $5::boolean, coalesce($6::jsonb, '{}'), 1, $7::timestamptz
  from agents where org_id = $1 and id = $2
  on conflict (org_id, agent_id, integration, action) do update set
    enabled = excluded.enabled,
    config = coalesce($6::jsonb, a.config),
    revision = a.revision + 1,
    updated_at = excluded.updated_at
  where a.enabled <> excluded.enabled or a.config <> coalesce($6::jsonb, a.config)
  returning ${agentActionColumns}`;

const select = `
  select ${agentActionColumns} from agent_actions
  where org_id = $1 and agent_id = $2 and integration = $3 and action = $4`;
