import type { BetaRunnableTool } from "@anthropic-ai/sdk/lib/tools/BetaRunnableTool";
import { ToolError } from "@anthropic-ai/sdk/lib/tools/ToolError";
import type { ContentBlock, Tool, ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { HaloTool } from "@halo/core";
import { type CallOptions, callTool } from "../call-tool.ts";
import { inputJsonSchema } from "../input-json-schema.ts";

type Options = Pick<CallOptions, "confirm" | "onError">;

/**
 * Halo's tools for Anthropic's tool runner.
 *
 * @example
 * const final = await client.beta.messages.toolRunner({ model, max_tokens, messages, tools: anthropicTools(tools) });
 */
export function anthropicTools(
  list: readonly HaloTool[],
  options: Options = {},
): BetaRunnableTool<unknown>[] {
  return list.map((one) => ({
    ...definition(one),
    // The tool checks its input itself, and its words about what does not fit are for the model.
    parse: (content: unknown) => content,
    run: async (input: unknown, context) => {
      const answer = await callTool(one, input, {
        ...options,
        idempotencyKey: context?.toolUse.id,
        signal: context?.signal ?? undefined,
      });
      if (answer.isError) throw new ToolError(answer.text);
      return answer.text;
    },
  }));
}

export interface AnthropicMessageTools {
  /** For `tools` of `messages.create`. */
  readonly tools: Tool[];
  /** Performs every call of these tools among a message's content, and returns the blocks to send back. */
  run(
    content: readonly ContentBlock[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ToolResultBlockParam[]>;
}

/** Halo's tools for `messages.create` and a loop of your own. */
export function anthropicMessageTools(
  list: readonly HaloTool[],
  options: Options = {},
): AnthropicMessageTools {
  const byName = new Map(list.map((tool) => [tool.name, tool]));
  return {
    tools: list.map(definition),
    async run(content, { signal } = {}) {
      const results: ToolResultBlockParam[] = [];
      for (const block of content) {
        if (block.type !== "tool_use") continue;
        const tool = byName.get(block.name);
        if (!tool) continue;
        const answer = await callTool(tool, block.input, { ...options, signal, idempotencyKey: block.id });
        results.push({
          type: "tool_result",
          tool_use_id: block.id,
          content: answer.text,
          ...(answer.isError && { is_error: true }),
        });
      }
      return results;
    },
  };
}

function definition(tool: HaloTool) {
  return { name: tool.name, description: tool.description, input_schema: { ...inputJsonSchema(tool) } };
}
