import type { ActionTool, HaloTool } from "@halo/core";
import type { ModelMessage, Tool, ToolApprovalStatus, ToolExecutionOptions } from "ai";
import { type CallOptions, callTool, type ToolAnswer } from "../call-tool.ts";

export interface AiSdkTools {
  readonly tools: Record<string, Tool<unknown, ToolAnswer["data"]>>;
  /** Give it to the same call: it makes the SDK ask the user before an action that needs their word. */
  readonly toolApproval: Record<string, ToolApprovalStatus>;
}

/**
 * Halo's tools for the AI SDK 7: spread the result into `generateText`, `streamText` or an agent. An action that needs
 * the user's consent is performed only when the conversation holds the user's approval of that very call; if
 * `toolApproval` was forgotten, it waits.
 *
 * @example
 * const tools = await halo.actions.tools({ orgId, agentId, context });
 * await generateText({ model, messages, ...aiSdkTools(tools) });
 */
export function aiSdkTools(
  list: readonly HaloTool[],
  options: Pick<CallOptions, "confirm" | "onError"> = {},
): AiSdkTools {
  const tools: AiSdkTools["tools"] = {};
  const toolApproval: AiSdkTools["toolApproval"] = {};
  for (const one of list) {
    tools[one.name] = {
      description: one.description,
      inputSchema: one.input,
      execute: async (input: unknown, call: ToolExecutionOptions<unknown>) => {
        const { toolCallId, messages, abortSignal } = call;
        const answer = await callTool(one, input, {
          ...options,
          idempotencyKey: toolCallId,
          signal: abortSignal,
          confirm: async (request) =>
            userApproved(messages, toolCallId, one, input) || ((await options.confirm?.(request)) ?? false),
        });
        return { ...answer.data, message: answer.text };
      },
      toModelOutput: ({ output }) =>
        output["status"] === "succeeded" && !("text" in output)
          ? { type: "json", value: { status: "succeeded", output: output["output"] ?? null } as never }
          : { type: "text", value: String(output["message"]) },
    };
    if (one.kind === "action") toolApproval[one.name] = approvalOf(one, options.confirm !== undefined);
  }
  return { tools, toolApproval };
}

/** A person's approval (`human`) is Halo's own queue: the call is made, and waits there. */
function approvalOf(tool: ActionTool, confirmed: boolean): ToolApprovalStatus {
  return tool.asks === "user" && !confirmed ? "user-approval" : "not-applicable";
}

/**
 * Whether the conversation holds a yes of the user to this very call, one that was not given automatically. Some models
 * number their calls from 0 each time: the arguments have to be the same, and the call not made yet.
 */
function userApproved(
  messages: readonly ModelMessage[],
  toolCallId: string,
  tool: HaloTool,
  input: unknown,
): boolean {
  const asked = new Set<string>();
  let isThis = false;
  let yes = false;
  for (const { content } of messages) {
    if (typeof content === "string") continue;
    for (const part of content) {
      if (part.type === "tool-approval-response") {
        if (asked.has(part.approvalId)) yes = part.approved;
        continue;
      }
      if (!("toolCallId" in part) || part.toolCallId !== toolCallId) continue;
      if (part.type === "tool-call") {
        isThis = part.toolName === tool.name && inputText(tool, part.input) === inputText(tool, input);
      } else if (part.type === "tool-result") yes = false;
      else if (part.type === "tool-approval-request" && isThis && !part.isAutomatic) {
        asked.add(part.approvalId);
      }
    }
  }
  return yes;
}

/** As the tool reads it; a store of the host's may have put the fields into another order. */
function inputText({ input: schema }: HaloTool, input: unknown): string {
  const parsed = schema.safeParse(input);
  return JSON.stringify(parsed.success ? parsed.data : input, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
}
