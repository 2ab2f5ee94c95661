import {
  Agent,
  type Model,
  type ModelRequest,
  RunContext,
  Runner,
  setTracingDisabled,
  Usage,
} from "@openai/agents";
import { expect, it } from "vitest";
import { world } from "../../test/tools.ts";
import { openAiAgentsTools } from "./index.ts";

setTracingDisabled(true);

/** A model of the Agents SDK that follows a script: one function call, then a closing word. */
function scripted(name: string, args: unknown) {
  const requests: ModelRequest[] = [];
  const usage = new Usage({ requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 });
  const turns = [
    [{ type: "function_call", callId: "call-7", name, arguments: JSON.stringify(args), status: "completed" }],
    [
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Done." }],
      },
    ],
  ];
  const model = {
    getResponse: async (request: ModelRequest) => {
      // As it was then: the runner goes on writing to it.
      requests.push({ ...request, input: structuredClone(request.input) });
      return { usage, output: turns.shift() ?? [] };
    },
  } as unknown as Model;
  return { model, requests };
}

function agentOf(model: Model, tools: ReturnType<typeof openAiAgentsTools>) {
  return new Agent({ name: "Support", instructions: "Help.", model, tools });
}

/** What the model was told of its call. */
function heard(requests: readonly ModelRequest[]): string {
  const input = requests.at(-1)?.input;
  const results = Array.isArray(input) ? input.filter(({ type }) => type === "function_call_result") : [];
  return JSON.stringify(results.at(-1) ?? null);
}

const input = { name: "x" };
const runner = new Runner({ tracingDisabled: true });

it("lets the model call an action and gives it the result", async () => {
  const { performed, tools } = world();
  const { model, requests } = scripted("acme_create_deal", input);
  const result = await runner.run(agentOf(model, openAiAgentsTools(tools)), "please");
  expect(result.finalOutput).toBe("Done.");
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "call-7" }]);
  expect(heard(requests)).toContain("succeeded");
});

it.each([
  ["acme_create_note", input, "Refused: create_note is not enabled for this agent."],
  ["acme_refund", input, "waiting for approval by a person"],
  ["acme_create_deal", { name: 7 }, "Refused: name: give a text."],
  ["search_knowledge", { query: "refund" }, "<untrusted source="],
])("tells the model what became of %s with %o", async (name, args, words) => {
  const { performed, tools } = world();
  const { model, requests } = scripted(name, args);
  await runner.run(agentOf(model, openAiAgentsTools(tools)), "please");
  expect(heard(requests)).toContain(words);
  expect(performed).toEqual([]);
});

it.each([
  ["approve", 1],
  ["reject", 0],
] as const)("interrupts the run until the user said yes or no: %s", async (says, times) => {
  const { performed, tools } = world();
  const { model } = scripted("acme_update_contact", input);
  const agent = agentOf(model, openAiAgentsTools(tools));
  const result = await runner.run(agent, "please");
  expect(result.interruptions).toHaveLength(1);
  expect(performed).toEqual([]);
  for (const interruption of result.interruptions) result.state[says](interruption);
  const after = await runner.run(agent, result.state);
  expect(after.finalOutput).toBe("Done.");
  expect(performed).toHaveLength(times);
});

it("performs nothing for a caller that passes the run, and so its interruption, by", async () => {
  const { performed, tools } = world();
  const tool = openAiAgentsTools(tools).find(({ name }) => name === "acme_update_contact");
  const answer = await tool?.invoke(new RunContext(), JSON.stringify(input));
  expect(answer).toContain("waits until the user confirms");
  expect(performed).toEqual([]);
});
