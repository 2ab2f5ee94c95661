import type { HaloTool } from "@halo/core";
import { Agent, type Model, type ModelRequest, Runner, setTracingDisabled, Usage } from "@openai/agents";
import { openAiAgentsTools } from "../../src/openai-agents/index.ts";
import { type Answer, type Conversation, errorText } from "./conversation.ts";
import type { ObedientModel } from "./obedient-model.ts";

setTracingDisabled(true);

const runner = new Runner({ tracingDisabled: true });

/** A conversation in OpenAI's Agents SDK, whose user rejects every call that they are asked about. */
export async function converseInAgentsSdk(
  tools: readonly HaloTool[],
  brain: ObedientModel,
): Promise<Conversation> {
  const shown: string[] = [];
  const errors: string[] = [];
  const inputs = new Map<string, string[]>();
  let answers: readonly Answer[] = [];
  let instructions = "";
  let turn = 0;
  const model = {
    getResponse: async (request: ModelRequest) => {
      answers = answersIn(request.input);
      instructions = JSON.stringify([request.tools, request.systemInstructions]);
      shown.push(answers.map(({ text }) => text).join("\n\n"));
      const { moves, says } = brain.next(shown.at(-1) ?? "");
      // A call of a tool that is not there ends the SDK's run: the model would get no further.
      const known = moves.filter(({ tool }) => tools.some(({ name }) => name === tool));
      const calls = known.map(({ id, input, tool }, nth) => {
        const callId = id ?? `call-${turn}-${nth}`;
        inputs.set(callId, [...(inputs.get(callId) ?? []), JSON.stringify(input)]);
        return {
          type: "function_call",
          callId,
          name: tool,
          arguments: JSON.stringify(input),
          status: "completed",
        };
      });
      turn++;
      const usage = new Usage({ requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 });
      const content = [{ type: "output_text", text: says }];
      const message = { type: "message", role: "assistant", status: "completed", content };
      return { usage, output: calls.length > 0 ? calls : [message] };
    },
  } as unknown as Model;
  const own = openAiAgentsTools(tools, { onError: (error) => errors.push(errorText(error)) });
  const agent = new Agent({ name: "Support", instructions: "You answer customers.", model, tools: own });
  try {
    let result = await runner.run(agent, "What do you know of it?", { maxTurns: 20 });
    for (let asked = 0; result.interruptions.length > 0 && asked < 20; asked++) {
      for (const interruption of result.interruptions) result.state.reject(interruption);
      result = await runner.run(agent, result.state, { maxTurns: 20 });
    }
  } catch (error) {
    errors.push(errorText(error));
  }
  return { shown, instructions, answers, inputs, obeyed: brain.obeyed, errors };
}

function answersIn(input: ModelRequest["input"]): readonly Answer[] {
  if (typeof input === "string") return [];
  return input.flatMap((item) => {
    if (item.type !== "function_call_result") return [];
    const { callId, name, output } = item;
    const text =
      typeof output === "string" ? output : "text" in output ? output.text : JSON.stringify(output);
    return [{ tool: name, id: callId, text: String(text) }];
  });
}
