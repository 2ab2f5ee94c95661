import OpenAI from "openai";
import { expect, it } from "vitest";
import { world } from "../../test/tools.ts";
import { openAiTools } from "./index.ts";

/** OpenAI's own client, whose model follows a script: function calls, then a closing word. */
function scripted(...calls: readonly { readonly name: string; readonly arguments: string }[]) {
  const requests: { readonly tools?: unknown; readonly input?: unknown }[] = [];
  const turns = [
    calls.map((call, index) => ({
      type: "function_call",
      id: `f${index}`,
      call_id: `call-${index}`,
      ...call,
    })),
    [
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "Done.", annotations: [] }],
      },
    ],
  ];
  const client = new OpenAI({
    apiKey: "none",
    fetch: async (_url, init) => {
      requests.push(JSON.parse(String(init?.body)) as object);
      return Response.json({ id: "r", object: "response", output: turns.shift() });
    },
  });
  return { client, requests };
}

const input = { name: "x" };

async function converse(tools: ReturnType<typeof openAiTools>, client: OpenAI): Promise<string> {
  const items: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: "please" }];
  for (;;) {
    const response = await client.responses.create({ model: "scripted", input: items, tools: tools.tools });
    const results = await tools.run(response.output);
    if (results.length === 0) return response.output_text;
    items.push(...(response.output as OpenAI.Responses.ResponseInputItem[]), ...results);
  }
}

it("lets the model call actions and gives it what became of each, in their order", async () => {
  const { performed, tools } = world();
  const { client, requests } = scripted(
    { name: "acme_create_deal", arguments: JSON.stringify(input) },
    { name: "acme_create_note", arguments: JSON.stringify(input) },
    { name: "acme_refund", arguments: JSON.stringify(input) },
    { name: "acme_create_deal", arguments: "{not json" },
  );
  expect(await converse(openAiTools(tools), client)).toBe("Done.");
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "call-0" }]);
  const sent = (requests[1]?.input ?? []) as { type?: string }[];
  expect(sent.filter(({ type }) => type === "function_call_output")).toEqual([
    {
      type: "function_call_output",
      call_id: "call-0",
      output: '{"status":"succeeded","output":{"id":"42"}}',
    },
    {
      type: "function_call_output",
      call_id: "call-1",
      output: "Refused: create_note is not enabled for this agent.",
    },
    {
      type: "function_call_output",
      call_id: "call-2",
      output: expect.stringContaining("waiting for approval") as string,
    },
    { type: "function_call_output", call_id: "call-3", output: "Refused: name: give a text." },
  ]);
});

it("declares each tool as a function with its schema", async () => {
  const { tools } = world();
  const { client, requests } = scripted();
  await converse(openAiTools(tools), client);
  const declared = (requests[0]?.tools ?? []) as unknown[];
  expect(declared).toHaveLength(tools.length);
  expect(declared[0]).toMatchObject({
    type: "function",
    name: "acme_create_deal",
    parameters: { type: "object", required: ["name"], additionalProperties: false },
  });
});

it("leaves calls of other tools alone", async () => {
  const { tools } = world();
  const { run } = openAiTools(tools);
  const other = { type: "function_call", call_id: "c", name: "their_own", arguments: "{}" } as const;
  expect(await run([other as never])).toEqual([]);
});

it.each([
  [true, 1, '"succeeded"'],
  [false, 0, "waits until the user confirms"],
])("asks the user by the host's own way: %s", async (says, times, words) => {
  const { performed, tools } = world();
  const { client, requests } = scripted({ name: "acme_update_contact", arguments: JSON.stringify(input) });
  await converse(openAiTools(tools, { confirm: () => says }), client);
  expect(performed).toHaveLength(times);
  expect(JSON.stringify(requests[1]?.input)).toContain(JSON.stringify(words).slice(1, -1));
});
