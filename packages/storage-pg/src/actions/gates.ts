import {
  type ActionCall,
  type ActionGates,
  type ActionStore,
  type Agent,
  ConflictError,
  type GatesSeen,
} from "@halo/core";
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
  readonly stopped: boolean;
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
  if (!first) return { stopped: false, agent: undefined, agentAction: undefined, connections: [] };
  return {
    stopped: first.stopped,
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
 * A query of one row if what the gates saw still stands, and of none if not; all names are parameters or columns. The
 * three rows are locked against change until the transaction ends: a switch-off waits for a call that is just being
 * begun, and a call that comes after it sees it.
 */
export const standingGates = (
  call: {
    readonly agent: string;
    readonly integration: string;
    readonly action: string;
    readonly from?: string;
  },
  seen: { readonly revision: string; readonly connection: string; readonly generation: string },
): string => `
  select from ${call.from ?? ""} agents a, agent_actions x, connections c
  where a.org_id = $1 and a.id = ${call.agent} and a.active
    and x.org_id = $1 and x.agent_id = ${call.agent} and x.integration = ${call.integration}
    and x.action = ${call.action} and x.enabled and x.revision = ${seen.revision}::integer
    and c.org_id = $1 and c.id = ${seen.connection}::text and c.integration = ${call.integration}
    and c.generation = ${seen.generation}::integer and c.state = 'connected'
    and c.modes -> 'actions' is distinct from 'false' and not actions_stopped($1)
  for share of a, x, c`;

/** What of that which the gates saw does not stand any more; undefined when all of it does. */
export async function movedOn(
  tx: Tx,
  orgId: string,
  call: Pick<ActionCall, "agentId" | "integration" | "action">,
  seen: GatesSeen,
): Promise<string | undefined> {
  const { agent, agentAction, connections, stopped } = await readGates(tx, orgId, {
    ...call,
    connectionId: seen.connectionId,
  });
  if (stopped) return "stopped";
  if (!agent?.active) return "agent";
  if (!agentAction?.enabled || agentAction.revision !== seen.agentActionRevision) return "agent_action";
  const [connection] = connections;
  const stands =
    connection?.state === "connected" &&
    connection.generation === seen.generation &&
    connection.modes.actions !== false;
  return stands ? undefined : "connection";
}

export function gatesMoved(what: string): ConflictError {
  return new ConflictError("What the gates saw does not stand any more: ask them again.", { current: what });
}

const select = `
  select a.*, x.*, c.*, one.stopped
  from (
    select exists (select from action_stops where org_id in ('', $1) and resumed_at is null) as stopped
  ) as one
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
