import type { AgentKind, AgentStore, MappedChannel } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { noAgent } from "./agent-row.ts";

export async function mapChannel(
  tx: Tx,
  orgId: string,
  { connectionId, channel, agentId, at }: Parameters<AgentStore["mapChannel"]>[1],
): Promise<void> {
  const { count } = await tx.query(upsert, [orgId, connectionId, channel, agentId, at]);
  if (count === 0) throw noAgent();
}

export async function unmapChannel(
  tx: Tx,
  orgId: string,
  connectionId: string,
  channel: string,
): Promise<boolean> {
  const { count } = await tx.query(remove, [orgId, connectionId, channel]);
  return count > 0;
}

export async function channels(
  tx: Tx,
  orgId: string,
  connectionId: string,
): Promise<readonly MappedChannel[]> {
  const { rows } = await tx.query<{
    channel: string;
    agent_id: string;
    kind: AgentKind;
    mapped_at: Date;
  }>(select, [orgId, connectionId]);
  return rows.map((row) => ({
    channel: row.channel,
    agentId: row.agent_id,
    agentKind: row.kind,
    mappedAt: row.mapped_at,
  }));
}

const upsert = `
  insert into agent_channels as c (org_id, connection_id, channel, agent_id, mapped_at)
  select org_id, $2, $3, id, $5::timestamptz from agents where org_id = $1 and id = $4
  on conflict (org_id, connection_id, channel) do update set
    agent_id = excluded.agent_id,
    mapped_at = case when c.agent_id = excluded.agent_id then c.mapped_at else excluded.mapped_at end`;

const remove = "delete from agent_channels where org_id = $1 and connection_id = $2 and channel = $3";

const select = `
  select c.channel, c.agent_id, a.kind, c.mapped_at
  from agent_channels c join agents a on a.org_id = c.org_id and a.id = c.agent_id
  where c.org_id = $1 and c.connection_id = $2 and a.active
  order by c.channel`;
