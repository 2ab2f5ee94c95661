import type { HaloTool } from "@halo/core";
import { type DynamicStructuredTool, tool } from "@langchain/core/tools";
import { type CallOptions, callTool } from "../call-tool.ts";
import { inputJsonSchema } from "../input-json-schema.ts";

/**
 * Halo's tools for LangChain and LangGraph.
 *
 * @example
 * const bound = model.bindTools(langchainTools(await halo.actions.tools({ orgId, agentId, context })));
 */
export function langchainTools(
  list: readonly HaloTool[],
  options: Pick<CallOptions, "confirm" | "onError"> = {},
): DynamicStructuredTool[] {
  return list.map(
    (one) =>
      tool(
        async (input: unknown, config) => {
          const call = config as { toolCall?: { id?: string }; signal?: AbortSignal } | undefined;
          const answer = await callTool(one, input, {
            ...options,
            idempotencyKey: call?.toolCall?.id,
            signal: call?.signal,
          });
          return answer.text;
        },
        {
          name: one.name,
          description: one.description,
          // As JSON Schema: a zod schema of another copy would not be known for one.
          schema: inputJsonSchema(one) as never,
          // LangChain checks it before we do; the model has to hear which field does not fit.
          verboseParsingErrors: true,
        },
      ) as unknown as DynamicStructuredTool,
  );
}
