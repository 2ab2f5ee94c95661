import { callTool, inputJsonSchema } from "@halo/agents";
import type { HaloTool } from "@halo/core";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** What any model is to this framework: shown tools and what was said so far, it calls a tool or speaks. */
export type Model = (
  tools: readonly {
    readonly name: string;
    readonly description: string;
    readonly schema: ReturnType<typeof inputJsonSchema>;
  }[],
  said: readonly string[],
) => Promise<ToolCall | string>;

export interface Conversation {
  readonly tools: readonly HaloTool[];
  readonly model: Model;
  readonly print: (line: string) => void;
  /** The user's own word. It never passes through the model. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** A whole agent framework: a loop. Refusals and failures are sentences for the model, so that nothing throws here. */
export async function converse({ confirm, model, print, tools }: Conversation): Promise<void> {
  const shown = tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    schema: inputJsonSchema(tool),
  }));
  const said: string[] = [];
  for (let step = 0; step < 10; step++) {
    const next = await model(shown, said);
    if (typeof next === "string") return print(`agent: ${next}`);
    print(`agent calls ${next.name} ${JSON.stringify(next.input)}`);
    const tool = tools.find(({ name }) => name === next.name);
    const answer = tool
      ? await callTool(tool, next.input, {
          idempotencyKey: next.id,
          confirm: ({ preview }) => confirm(preview.summary),
        })
      : { text: `There is no tool ${next.name}.` };
    print(`  ${answer.text}`);
    said.push(answer.text);
  }
}
