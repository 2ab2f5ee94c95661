import type { ActionGates, ActionStore, Agent } from "@halo/core";
import { ConflictError } from "@halo/core";
import { type AgentActionRow, toAgentAction } from "../agents/agent-row.ts";
import { type ConnectionRow, connectionColumns, toConnection } from "../connections/connection-row.ts";
import type { Tx } from "../tenant.ts";

type GateRow = { readonly [column in keyof ConnectionRow]: ConnectionRow[column] | null } & {
  readonly agent_id: string | null;
  readonly agent_name: string;
  readonly agent_kind: Agent["kind"];
  readonly agent_active: boolean;
  readonly agent_created_at: Date;
  readonly agent_updated_at: Date;
  readonly action: string | null;
  readonly action_enabled: boolean;
  readonly action_config: AgentActionRow["config"];
  readonly action_revision: number;
  readonly action_updated_at: Date;
};

/** All that the gates look at, in one statement: one moment, one round trip. */
export async function readGates(
  tx: Tx,
  orgId: string,
  asked: Parameters<ActionStore["gates"]>[1],
): Promise<ActionGates> {
  const { agentId, integration, action, connectionId } = asked;
  const { rows } = await tx.query<GateRow>(select, [
    orgId,
    agentId,
    integration,
    action,
    connectionId ?? null,
  ]);
  const [first] = rows;
  if (!first) return { agent: undefined, agentAction: undefined, connections: [] };
  return {
    agent:
      first.agent_id === null
        ? undefined
        : {
            orgId,
            id: agentId,
            name: first.agent_name,
            kind: first.agent_kind,
            active: first.agent_active,
            createdAt: first.agent_created_at,
            updatedAt: first.agent_updated_at,
          },
    agentAction:
      first.action === null
        ? undefined
        : toAgentAction({
            org_id: orgId,
            agent_id: agentId,
            integration,
            action,
            enabled: first.action_enabled,
            config: first.action_config,
            revision: first.action_revision,
            updated_at: first.action_updated_at,
          }),
    connections: rows.filter((row) => row.id !== null).map((row) => toConnection(row as ConnectionRow)),
  };
}

/**
 * Common table expressions that say in `gates.moved` what of that which the gates saw does not stand any more. `call` is
 * a relation or parameters with the call's names. The rows are locked against change until the transaction ends: a
 * switch-off waits for a call that is just being begun, and a call that comes after it sees it.
 */
export const gatesSeen = (
  call: { readonly agent: string; readonly integration: string; readonly action: string },
  seen: { readonly revision: string; readonly connection: string; readonly generation: string },
): string => `
  active_agent as (
    select from agents where org_id = $1 and id = ${call.agent} and active for share
  ), enabled_action as (
    select from agent_actions
    where org_id = $1 and agent_id = ${call.agent} and integration = ${call.integration} and action = ${call.action}
      and enabled and revision = ${seen.revision}::integer
    for share
  ), open_connection as (
    select from connections
    where org_id = $1 and id = ${seen.connection}::text and integration = ${call.integration}
      and generation = ${seen.generation}::integer and state = 'connected' and modes -> 'actions' is distinct from 'false'
    for share
  )`;

/** Null: all of it stands. Evaluated from top to bottom, so nothing is locked where nothing is expected. */
export const movedOn = (revision: string): string => `
    when ${revision}::integer is null then null
    when not exists (select from active_agent) then 'agent'
    when not exists (select from enabled_action) then 'agent_action'
    when not exists (select from open_connection) then 'connection'`;

export function gatesMoved(what: string): ConflictError {
  return new ConflictError("What the gates saw does not stand any more: ask them again.", { current: what });
}

const select = `
  select a.*, x.*, c.*
  from (select) as one
    left join lateral (
      select id as agent_id, name as agent_name, kind as agent_kind, active as agent_active,
        created_at as agent_created_at, updated_at as agent_updated_at
      from agents where org_id = $1 and id = $2
    ) a on true
    left join lateral (
      select action, enabled as action_enabled, config as action_config, revision as action_revision,
        updated_at as action_updated_at
      from agent_actions where org_id = $1 and agent_id = $2 and integration = $3 and action = $4
    ) x on true
    left join lateral (
      select ${connectionColumns} from connections
      where org_id = $1 and integration = $3 and ($5::text is null or id = $5::text)
    ) c on true
  order by c.created_at desc, c.id desc`;
