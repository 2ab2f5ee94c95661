import type { Engine } from "../engine/engine.ts";
import { askGates, type ClosedGate } from "../gate/ask-gates.ts";
import type { ActionListing, AgentScope } from "../halo/actions-surface.ts";
import { actionTool } from "./action-tool.ts";

/** Every action, and which gate is closed: by the same question that a call is asked. */
export async function listActions(
  { integrations, storage }: Engine,
  { agentId, connections: named = {}, orgId }: AgentScope,
): Promise<readonly ActionListing[]> {
  const [stops, agent, agentActions, connections] = await Promise.all([
    storage.approvals.stops(orgId),
    storage.agents.get(orgId, agentId),
    storage.agents.actions(orgId, agentId),
    storage.connections.list(orgId),
  ]);
  const stopped = stops.some(({ resumedAt }) => resumedAt === undefined);
  return [...integrations.values()].flatMap((integration) =>
    (integration.actions ?? []).map((action): ActionListing => {
      const agentAction = agentActions.find(
        (one) => one.integration === integration.id && one.action === action.id,
      );
      const own = connections
        .filter((one) => one.integration === integration.id)
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
      const asked = askGates(
        integration,
        action,
        { stopped, agent, agentAction, connections: own },
        named[integration.id],
      );
      const closed: ClosedGate | undefined = "closed" in asked ? asked.closed : undefined;
      const { asks, description, destructive, title } = actionTool(integration.id, action, unused);
      return {
        integration: integration.id,
        action: action.id,
        name: title,
        description,
        destructive,
        asks,
        available: closed === undefined,
        closed,
        enabled: agentAction?.enabled,
      };
    }),
  );
}

const unused = () => Promise.reject(new Error("not a tool"));
