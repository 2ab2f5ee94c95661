import type { HaloTool } from "@halo/core";
import { type FunctionTool, tool } from "@openai/agents";
import { type CallOptions, callTool } from "../call-tool.ts";
import { inputJsonSchema } from "../input-json-schema.ts";

/**
 * Halo's tools for OpenAI's Agents SDK. An action that needs the user's consent interrupts the run (`needsApproval`);
 * it is performed once the interruption was approved.
 *
 * @example
 * const agent = new Agent({ name: "Support", tools: openAiAgentsTools(await halo.actions.tools({ orgId, agentId })) });
 */
export function openAiAgentsTools(
  list: readonly HaloTool[],
  options: Pick<CallOptions, "confirm" | "onError"> = {},
): FunctionTool[] {
  return list.map((one) => {
    const asksUser = one.kind === "action" && one.asks === "user" && !options.confirm;
    return tool({
      name: one.name,
      description: one.description,
      parameters: inputJsonSchema(one) as never,
      strict: false,
      needsApproval: asksUser,
      // The SDK's own words for a failure say nothing; ours are made for the model.
      errorFunction: null,
      execute: async (input: unknown, context, details) => {
        const callId = details?.toolCall?.callId;
        const approved = () =>
          callId !== undefined && context?.isToolApproved({ toolName: one.name, callId }) === true;
        const answer = await callTool(one, input, {
          ...options,
          idempotencyKey: callId,
          signal: details?.signal,
          confirm: async (request) => (asksUser ? approved() : ((await options.confirm?.(request)) ?? false)),
        });
        return answer.text;
      },
    }) as unknown as FunctionTool;
  });
}
