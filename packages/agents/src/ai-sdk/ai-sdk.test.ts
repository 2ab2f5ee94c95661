import { generateText, type ModelMessage, stepCountIs } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { expect, it } from "vitest";
import { customerSays, world } from "../../test/tools.ts";
import { aiSdkTools } from "./index.ts";

type LanguageModelV4GenerateResult = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that follows a script: a tool call (if any), then a closing word. */
function scripted(...calls: readonly { readonly toolName: string; readonly input: unknown }[]) {
  const turns: LanguageModelV4GenerateResult[] = calls.map(({ toolName, input }) => ({
    content: [{ type: "tool-call", toolCallId: "call-7", toolName, input: JSON.stringify(input) }],
    finishReason: { unified: "tool-calls", raw: undefined },
    usage,
    warnings: [],
  }));
  const closing: LanguageModelV4GenerateResult = {
    content: [{ type: "text", text: "Done." }],
    finishReason: { unified: "stop", raw: undefined },
    usage,
    warnings: [],
  };
  return new MockLanguageModelV4({ doGenerate: async () => turns.shift() ?? closing });
}

/** What the model was told of its call, at its last turn. */
function heard(model: MockLanguageModelV4): unknown {
  const prompt = model.doGenerateCalls.at(-1)?.prompt ?? [];
  const results = prompt.flatMap(({ role, content }) => (role === "tool" ? content : []));
  return results.flatMap((part) => (part.type === "tool-result" ? [part.output] : [])).at(-1);
}

const messages: ModelMessage[] = [{ role: "user", content: "please" }];
const input = { name: "x" };

it("lets the model call an action and gives it the result", async () => {
  const { performed, tools } = world();
  const model = scripted({ toolName: "acme_create_deal", input });
  const { text } = await generateText({ model, messages, stopWhen: stepCountIs(3), ...aiSdkTools(tools) });
  expect(text).toBe("Done.");
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "call-7" }]);
  expect(heard(model)).toEqual({ type: "json", value: { status: "succeeded", output: { id: "42" } } });
});

it("shows the model every tool with its schema", async () => {
  const { tools } = world();
  const model = scripted({ toolName: "acme_create_deal", input });
  await generateText({ model, messages, ...aiSdkTools(tools) });
  expect(model.doGenerateCalls[0]?.tools?.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  expect(model.doGenerateCalls[0]?.tools?.[0]).toMatchObject({
    inputSchema: { type: "object", required: ["name"], additionalProperties: false },
  });
});

it.each([
  ["acme_create_note", "Refused: create_note is not enabled for this agent."],
  ["acme_refund", 'Nothing was done yet. "refund" is waiting for approval by a person of the team.'],
])("tells the model what became of %s", async (name, words) => {
  const { performed, tools } = world();
  const model = scripted({ toolName: name, input });
  await generateText({ model, messages, stopWhen: stepCountIs(3), ...aiSdkTools(tools) });
  expect(heard(model)).toMatchObject({ type: "text", value: expect.stringContaining(words) as string });
  expect(performed).toEqual([]);
});

it("T35 hands ingested text over with its label", async () => {
  const { tools } = world();
  const model = scripted({ toolName: "search_knowledge", input: { query: "refund" } });
  await generateText({ model, messages, stopWhen: stepCountIs(3), ...aiSdkTools(tools) });
  expect(JSON.stringify(heard(model))).toContain(
    `<untrusted source=\\"hubspot:email:1\\">${customerSays}</untrusted>`,
  );
});

it("asks the user first, and performs the action once they approved it", async () => {
  const { performed, tools } = world();
  const asking = await generateText({
    model: scripted({ toolName: "acme_update_contact", input }),
    messages,
    ...aiSdkTools(tools),
  });
  const request = asking.content.find((part) => part.type === "tool-approval-request");
  expect(request).toMatchObject({ toolCall: { toolName: "acme_update_contact", input } });
  expect(performed).toEqual([]);

  const answer = (approved: boolean): ModelMessage[] => [
    ...messages,
    ...asking.response.messages,
    {
      role: "tool",
      content: [{ type: "tool-approval-response", approvalId: request?.approvalId ?? "", approved }],
    },
  ];
  await generateText({ model: scripted(), messages: answer(false), ...aiSdkTools(tools) });
  expect(performed).toEqual([]);
  await generateText({ model: scripted(), messages: answer(true), ...aiSdkTools(tools) });
  expect(performed).toEqual([{ tool: "update_contact", input, idempotencyKey: "call-7" }]);
});

it("waits for the user even where toolApproval was forgotten", async () => {
  const { performed, tools } = world();
  const model = scripted({ toolName: "acme_update_contact", input });
  await generateText({ model, messages, stopWhen: stepCountIs(3), tools: aiSdkTools(tools).tools });
  expect(heard(model)).toMatchObject({
    type: "text",
    value: expect.stringContaining("waits until the user confirms") as string,
  });
  expect(performed).toEqual([]);
});

const asks = (changes: object) => ({
  type: "tool-call" as const,
  toolCallId: "call-7",
  toolName: "acme_update_contact",
  input,
  ...changes,
});
const done = {
  type: "tool-result" as const,
  toolCallId: "call-7",
  toolName: "acme_update_contact",
  output: { type: "text" as const, value: "Done." },
};

it.each([
  ["the user's yes", {}, {}, { approved: true }, 1],
  ["the user's no", {}, {}, { approved: false }, 0],
  ["a yes that no user gave", {}, { isAutomatic: true }, { approved: true }, 0],
  ["a yes to another call", {}, { toolCallId: "call-8" }, { approved: true }, 0],
  ["a yes to another question", {}, {}, { approved: true, approvalId: "a2" }, 0],
  ["a yes to other arguments", { input: { name: "y" } }, {}, { approved: true }, 0],
  ["a yes to another tool", { toolName: "acme_create_deal" }, {}, { approved: true }, 0],
  ["a yes whose call is not there", { toolCallId: "call-6" }, {}, { approved: true }, 0],
])("goes by what the conversation holds: %s", async (_, call, request, response, times) => {
  const { performed, tools } = world();
  const spoken: ModelMessage[] = [
    ...messages,
    {
      role: "assistant",
      content: [
        asks(call),
        { type: "tool-approval-request", approvalId: "a1", toolCallId: "call-7", ...request },
      ],
    },
    { role: "tool", content: [{ type: "tool-approval-response", approvalId: "a1", ...response }] },
  ];
  const { execute } = aiSdkTools(tools).tools["acme_update_contact"] ?? {};
  await execute?.(input, { toolCallId: "call-7", messages: spoken, context: {} });
  expect(performed).toHaveLength(times);
});

it.each([
  ["a yes whose call was made before is used up", [done], 0],
  ["the order of fields says nothing", [], 1],
] as const)("%s", async (_, results, times) => {
  const { performed, tools } = world();
  const spoken: ModelMessage[] = [
    ...messages,
    {
      role: "assistant",
      content: [
        asks({ input: { size: 1, name: "x" } }),
        { type: "tool-approval-request", approvalId: "a1", toolCallId: "call-7" },
      ],
    },
    {
      role: "tool",
      content: [{ type: "tool-approval-response", approvalId: "a1", approved: true }, ...results],
    },
  ];
  const { execute } = aiSdkTools(tools).tools["acme_update_contact"] ?? {};
  await execute?.({ name: "x", size: 1 }, { toolCallId: "call-7", messages: spoken, context: {} });
  expect(performed).toHaveLength(times);
});
