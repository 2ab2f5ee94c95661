import type { HaloTool } from "@halo/core";
import type {
  FunctionTool,
  ResponseInputItem,
  ResponseOutputItem,
} from "openai/resources/responses/responses";
import { type CallOptions, callTool } from "../call-tool.ts";
import { inputJsonSchema } from "../input-json-schema.ts";

export interface OpenAiTools {
  /** For `tools` of `responses.create`. */
  readonly tools: FunctionTool[];
  /**
   * Performs every call among a response's output items that is one of these tools, in their order, and returns the
   * items to send back. Calls of other tools are left to you.
   */
  run(
    output: readonly ResponseOutputItem[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ResponseInputItem.FunctionCallOutput[]>;
}

/**
 * Halo's tools for OpenAI's Responses API.
 *
 * @example
 * const halo = openAiTools(tools);
 * const response = await client.responses.create({ model, input, tools: halo.tools });
 * input.push(...response.output, ...(await halo.run(response.output)));
 */
export function openAiTools(
  list: readonly HaloTool[],
  options: Pick<CallOptions, "confirm" | "onError"> = {},
): OpenAiTools {
  const byName = new Map(list.map((tool) => [tool.name, tool]));
  return {
    tools: list.map((tool) => ({
      type: "function",
      name: tool.name,
      description: tool.description,
      parameters: { ...inputJsonSchema(tool) },
      // Strict mode wants every field required; ours are checked by the tool itself.
      strict: false,
    })),
    async run(output, { signal } = {}) {
      const results: ResponseInputItem.FunctionCallOutput[] = [];
      for (const item of output) {
        if (item.type !== "function_call") continue;
        const tool = byName.get(item.name);
        if (!tool) continue;
        const answer = await callTool(tool, parsed(item.arguments), {
          ...options,
          signal,
          idempotencyKey: item.call_id,
        });
        results.push({ type: "function_call_output", call_id: item.call_id, output: answer.text });
      }
      return results;
    },
  };
}

/** What is no JSON fits no schema: the tool says so to the model. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
