import Anthropic from "@anthropic-ai/sdk";
import { expect, it } from "vitest";
import { world } from "../../test/tools.ts";
import { anthropicMessageTools, anthropicTools } from "./index.ts";

interface Sent {
  readonly tools?: readonly unknown[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

/** Anthropic's own client, whose model follows a script: tool calls, then a closing word. */
function scripted(...calls: readonly { readonly name: string; readonly input: unknown }[]) {
  const requests: Sent[] = [];
  const use = calls.map((call, index) => ({ type: "tool_use", id: `toolu_${index}`, ...call }));
  const turns = [
    { content: use, stop_reason: "tool_use" },
    { content: [{ type: "text", text: "Done." }], stop_reason: "end_turn" },
  ];
  const client = new Anthropic({
    apiKey: "none",
    fetch: async (_url, init) => {
      requests.push(JSON.parse(String(init?.body)) as Sent);
      const turn = turns.shift();
      const usage = { input_tokens: 1, output_tokens: 1 };
      return Response.json({
        id: "m",
        type: "message",
        role: "assistant",
        model: "scripted",
        usage,
        ...turn,
      });
    },
  });
  return { client, requests };
}

const input = { name: "x" };
const ask = { model: "scripted", max_tokens: 100, messages: [{ role: "user" as const, content: "please" }] };
const calls = [
  { name: "acme_create_deal", input },
  { name: "acme_create_note", input },
  { name: "acme_refund", input },
  { name: "acme_update_contact", input },
  { name: "acme_create_deal", input: {} },
];
const answers = [
  { tool_use_id: "toolu_0", content: '{"status":"succeeded","output":{"id":"42"}}' },
  { tool_use_id: "toolu_1", content: "Refused: create_note is not enabled for this agent.", is_error: true },
  { tool_use_id: "toolu_2", content: expect.stringContaining("waiting for approval") as string },
  { tool_use_id: "toolu_3", content: expect.stringContaining("waits until the user confirms") as string },
  { tool_use_id: "toolu_4", content: "Refused: name: give a text.", is_error: true },
];

it("lets the tool runner's model call actions and gives it what became of each", async () => {
  const { performed, tools } = world();
  const { client, requests } = scripted(...calls);
  const final = await client.beta.messages.toolRunner({ ...ask, tools: anthropicTools(tools) });
  expect(final.content).toMatchObject([{ type: "text", text: "Done." }]);
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "toolu_0" }]);
  expect(requests[0]?.tools?.[0]).toMatchObject({
    name: "acme_create_deal",
    input_schema: { type: "object" },
  });
  expect(requests[1]?.messages.at(-1)?.content).toMatchObject(answers);
});

it("does the same for a loop of one's own", async () => {
  const { performed, tools } = world();
  const { client, requests } = scripted(...calls);
  const halo = anthropicMessageTools(tools);
  const first = await client.messages.create({ ...ask, tools: halo.tools });
  const results = await halo.run(first.content);
  await client.messages.create({
    ...ask,
    tools: halo.tools,
    messages: [
      ...ask.messages,
      { role: "assistant", content: first.content as never },
      { role: "user", content: results },
    ],
  });
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "toolu_0" }]);
  expect(requests[1]?.messages.at(-1)?.content).toMatchObject(answers);
});

it("performs what the user confirmed by the host's own way", async () => {
  const { performed, tools } = world();
  const { client } = scripted({ name: "acme_update_contact", input });
  await client.beta.messages.toolRunner({ ...ask, tools: anthropicTools(tools, { confirm: () => true }) });
  expect(performed).toEqual([{ tool: "update_contact", input, idempotencyKey: "toolu_0" }]);
});
