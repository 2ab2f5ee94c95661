import { checkApprovalTool } from "../approvals/check-approval.ts";
import type { Engine } from "../engine/engine.ts";
import type { ActionContext, AgentScope, InvokeRequest } from "../halo/actions-surface.ts";
import { actionTool } from "./action-tool.ts";
import { hexDigest } from "./canonical.ts";
import { randomToken } from "./confirmations.ts";
import { listActions } from "./list-actions.ts";
import type { ActionOutcome, ActionTool, HaloTool } from "./tool.ts";

const maxSources = 50;

/**
 * The actions that the agent may do now, as tools, and one that tells what became of those that a person decides. Each call
 * goes through every gate again.
 */
export async function agentTools(
  engine: Engine,
  scope: AgentScope & { readonly context: ActionContext },
  invoke: (request: InvokeRequest) => Promise<ActionOutcome>,
  /** What these tools brought from elsewhere so far; undefined: they bring nothing. */
  read?: ReadonlySet<string>,
): Promise<readonly HaloTool[]> {
  const { agentId, connections = {}, context, orgId } = scope;
  // Some models number their calls from 0 in each conversation: where there is none to name, these tools are one.
  const conversation = context.conversationId ?? `tools ${randomToken()}`;
  const asked = new Set<string>();
  const own = { orgId, agentId, conversationId: context.conversationId, asked };
  const listed = await listActions(engine, scope);
  const tools = listed.flatMap(({ action: id, available, integration }) => {
    const action = engine.integrations.get(integration)?.actions?.find((one) => one.id === id);
    if (!available || !action) return [];
    const connectionId = connections[integration];
    return actionTool(integration, action, async (input, { confirmation, idempotencyKey, signal } = {}) => {
      const sources = [...(context.sources ?? []), ...(read ?? [])].slice(-maxSources);
      const outcome = await invoke({
        orgId,
        agentId,
        integration,
        action: id,
        input,
        context: context.sources || read ? { ...context, sources } : context,
        ...(connectionId !== undefined && { connectionId }),
        ...(idempotencyKey !== undefined && {
          idempotencyKey: `tool-${hexDigest(JSON.stringify([agentId, conversation, integration, id, idempotencyKey]))}`,
        }),
        ...(confirmation !== undefined && { confirmation }),
        ...(signal !== undefined && { signal }),
      });
      if (outcome.status === "pending_approval") asked.add(outcome.approvalId);
      return outcome;
    });
  });
  return tools.some(isAsking) ? [...tools, checkApprovalTool(engine, own)] : tools;
}

const isAsking = ({ asks }: ActionTool) => asks === "human";
