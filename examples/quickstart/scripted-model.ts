import type { LanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";

type Turn = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;

export interface ScriptedCall {
  /** What a provider's model would number its call with. */
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model without a network: it makes one tool call, then says what it was told. Everything around it is real. */
export function scriptedModel({ id, input, tool }: ScriptedCall): LanguageModel {
  const turns: Turn[] = [
    {
      content: [{ type: "tool-call", toolCallId: id, toolName: tool, input: JSON.stringify(input) }],
      finishReason: { unified: "tool-calls", raw: undefined },
      usage,
      warnings: [],
    },
  ];
  const model: MockLanguageModelV4 = new MockLanguageModelV4({
    doGenerate: async (): Promise<Turn> =>
      turns.shift() ?? {
        content: [{ type: "text", text: heard(model) }],
        finishReason: { unified: "stop", raw: undefined },
        usage,
        warnings: [],
      },
  });
  return model;
}

/** What the model was told of its call. */
function heard(model: MockLanguageModelV4): string {
  const prompt = model.doGenerateCalls.at(-1)?.prompt ?? [];
  const results = prompt.flatMap(({ content, role }) => (role === "tool" ? content : []));
  const last = results.flatMap((part) => (part.type === "tool-result" ? [part.output] : [])).at(-1);
  if (last === undefined || !("value" in last)) return "";
  return typeof last.value === "string" ? last.value : JSON.stringify(last.value);
}
