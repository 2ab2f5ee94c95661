import type { HaloTool } from "@halo/core";
import { generateText, stepCountIs } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { aiSdkTools } from "../../src/ai-sdk/index.ts";
import type { ConfirmRequest } from "../../src/call-tool.ts";
import { type Answer, type Conversation, errorText } from "./conversation.ts";
import type { ObedientModel } from "./obedient-model.ts";

type Options = Parameters<MockLanguageModelV4["doGenerate"]>[0];
type Result = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A conversation in the AI SDK, whose user is asked by the host and says what `user` says. */
export async function converseInAiSdk(
  tools: readonly HaloTool[],
  brain: ObedientModel,
  user: (request: ConfirmRequest) => boolean,
): Promise<Conversation> {
  const shown: string[] = [];
  const errors: string[] = [];
  const inputs = new Map<string, string[]>();
  let answers: readonly Answer[] = [];
  let instructions = "";
  let turn = 0;
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt, tools: offered }: Options): Promise<Result> => {
      answers = answersIn(prompt);
      instructions = JSON.stringify([offered, prompt.filter(({ role }) => role === "system")]);
      shown.push(answers.map(({ text }) => text).join("\n\n"));
      const { moves, says } = brain.next(shown.at(-1) ?? "");
      const calls = moves.map(({ id, input, tool }, nth) => {
        const toolCallId = id ?? `call-${turn}-${nth}`;
        inputs.set(toolCallId, [...(inputs.get(toolCallId) ?? []), JSON.stringify(input)]);
        return { type: "tool-call" as const, toolCallId, toolName: tool, input: JSON.stringify(input) };
      });
      turn++;
      return {
        content: [{ type: "text", text: says }, ...calls],
        finishReason: { unified: calls.length > 0 ? "tool-calls" : "stop", raw: undefined },
        usage,
        warnings: [],
      };
    },
  });
  try {
    await generateText({
      model,
      system: "You answer customers.",
      messages: [{ role: "user", content: "What do you know of it?" }],
      stopWhen: stepCountIs(12),
      maxRetries: 0,
      ...aiSdkTools(tools, { confirm: user, onError: (error) => errors.push(errorText(error)) }),
    });
  } catch (error) {
    errors.push(errorText(error));
  }
  return { shown, instructions, answers, inputs, obeyed: brain.obeyed, errors };
}

function answersIn(prompt: Options["prompt"]): readonly Answer[] {
  return prompt.flatMap(({ content, role }) =>
    role !== "tool"
      ? []
      : content.flatMap((part) =>
          part.type === "tool-result"
            ? [{ tool: part.toolName, id: part.toolCallId, text: outputText(part.output) }]
            : [],
        ),
  );
}

function outputText(output: { readonly type: string; readonly value?: unknown }): string {
  return typeof output.value === "string" ? output.value : JSON.stringify(output.value ?? output);
}
