import { type Agent, type AgentAction, ValidationError } from "@halo/core";

export interface AgentRow {
  readonly org_id: string;
  readonly id: string;
  readonly name: string;
  readonly kind: Agent["kind"];
  readonly active: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const agentColumns = "org_id, id, name, kind, active, created_at, updated_at";

export const toAgent = (row: AgentRow): Agent => ({
  orgId: row.org_id,
  id: row.id,
  name: row.name,
  kind: row.kind,
  active: row.active,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export interface AgentActionRow {
  readonly org_id: string;
  readonly agent_id: string;
  readonly integration: string;
  readonly action: string;
  readonly enabled: boolean;
  readonly config: AgentAction["config"];
  readonly revision: number;
  readonly updated_at: Date;
}

export const agentActionColumns =
  "org_id, agent_id, integration, action, enabled, config, revision, updated_at";

export const toAgentAction = (row: AgentActionRow): AgentAction => ({
  orgId: row.org_id,
  agentId: row.agent_id,
  integration: row.integration,
  action: row.action,
  enabled: row.enabled,
  config: row.config,
  revision: row.revision,
  updatedAt: row.updated_at,
});

export function noAgent(): ValidationError {
  return new ValidationError("The organisation has no such agent: create it with agents.upsert first.", {
    code: "not_found",
    path: "agentId",
    reason: "unknown",
  });
}
