import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type ToolMessage } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { world } from "../../test/tools.ts";
import { langchainTools } from "./index.ts";

/** A chat model that follows a script. */
class Scripted extends BaseChatModel {
  readonly answer: AIMessage;
  constructor(answer: AIMessage) {
    super({});
    this.answer = answer;
  }
  _llmType() {
    return "scripted";
  }
  override bindTools(tools: readonly unknown[]) {
    return this.withConfig({ tools } as never);
  }
  async _generate() {
    return { generations: [{ text: "", message: this.answer }] };
  }
}

/** A chat model of LangChain's that answers with these calls, and the tools bound to it run. */
async function converse(
  tools: ReturnType<typeof langchainTools>,
  ...calls: readonly { readonly name: string; readonly args: Record<string, unknown> }[]
): Promise<ToolMessage[]> {
  const tool_calls = calls.map((call, index) => ({
    ...call,
    id: `call-${index}`,
    type: "tool_call" as const,
  }));
  const model = new Scripted(new AIMessage({ content: "", tool_calls }));
  const answer = await model.bindTools(tools as never).invoke("please");
  const results: ToolMessage[] = [];
  for (const call of answer.tool_calls ?? []) {
    const tool = tools.find(({ name }) => name === call.name);
    results.push((await tool?.invoke({ ...call, type: "tool_call" })) as ToolMessage);
  }
  return results;
}

const input = { name: "x" };

it("lets the model call actions and gives it what became of each", async () => {
  const { performed, tools } = world();
  const results = await converse(
    langchainTools(tools),
    { name: "acme_create_deal", args: input },
    { name: "acme_create_note", args: input },
    { name: "acme_refund", args: input },
    { name: "acme_update_contact", args: input },
    { name: "search_knowledge", args: { query: "refund" } },
  );
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "call-0" }]);
  expect(results.map(({ tool_call_id, content }) => [tool_call_id, content])).toEqual([
    ["call-0", '{"status":"succeeded","output":{"id":"42"}}'],
    ["call-1", "Refused: create_note is not enabled for this agent."],
    ["call-2", expect.stringContaining("waiting for approval")],
    ["call-3", expect.stringContaining("waits until the user confirms")],
    ["call-4", expect.stringContaining("<untrusted source=")],
  ]);
});

it("performs what the user confirmed by the host's own way", async () => {
  const { performed, tools } = world();
  await converse(langchainTools(tools, { confirm: () => true }), {
    name: "acme_update_contact",
    args: input,
  });
  expect(performed).toEqual([{ tool: "update_contact", input, idempotencyKey: "call-0" }]);
});

it("refuses what does not fit, by LangChain's own check, which names the field", async () => {
  const { calls, tools } = world();
  const call = { name: "acme_create_deal", args: { name: 7 } };
  await expect(converse(langchainTools(tools), call)).rejects.toThrow(/name/);
  expect(calls).toEqual([]);
});
