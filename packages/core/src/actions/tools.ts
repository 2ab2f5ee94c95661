import type { Engine } from "../engine/engine.ts";
import type { ActionContext, AgentScope, InvokeRequest } from "../halo/actions-surface.ts";
import { actionTool } from "./action-tool.ts";
import { hexDigest } from "./canonical.ts";
import { randomToken } from "./confirmations.ts";
import { listActions } from "./list-actions.ts";
import type { ActionOutcome, ActionTool } from "./tool.ts";

/** The actions that the agent may do now, as tools. Each call goes through every gate again. */
export async function agentTools(
  engine: Engine,
  scope: AgentScope & { readonly context: ActionContext },
  invoke: (request: InvokeRequest) => Promise<ActionOutcome>,
): Promise<readonly ActionTool[]> {
  const { agentId, connections = {}, context, orgId } = scope;
  // Some models number their calls from 0 in each conversation: where there is none to name, these tools are one.
  const conversation = context.conversationId ?? `tools ${randomToken()}`;
  const listed = await listActions(engine, scope);
  return listed.flatMap(({ action: id, available, integration }) => {
    const action = engine.integrations.get(integration)?.actions?.find((one) => one.id === id);
    if (!available || !action) return [];
    const connectionId = connections[integration];
    return actionTool(integration, action, (input, { confirmation, idempotencyKey, signal } = {}) =>
      invoke({
        orgId,
        agentId,
        integration,
        action: id,
        input,
        context,
        ...(connectionId !== undefined && { connectionId }),
        ...(idempotencyKey !== undefined && {
          idempotencyKey: `tool-${hexDigest(JSON.stringify([agentId, conversation, integration, id, idempotencyKey]))}`,
        }),
        ...(confirmation !== undefined && { confirmation }),
        ...(signal !== undefined && { signal }),
      }),
    );
  });
}
