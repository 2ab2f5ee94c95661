import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { createHalo, defineAction, defineIntegration, type Halo, type HaloTool } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Agent, type Model, Runner, setTracingDisabled, Usage } from "@openai/agents";
import { generateText, stepCountIs } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { aiSdkTools } from "../src/ai-sdk/index.ts";
import { anthropicTools } from "../src/anthropic/index.ts";
import { type ApprovalOutcome, callTool, followApprovals } from "../src/index.ts";
import { langchainTools } from "../src/langchain/index.ts";
import { mcpHandler } from "../src/mcp/index.ts";
import { openAiTools } from "../src/openai/index.ts";
import { openAiAgentsTools } from "../src/openai-agents/index.ts";

setTracingDisabled(true);
const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const orgId = "acme";
const agentId = "support";

/** A Halo whose agent may ask for refunds. */
async function opened() {
  const refunds: unknown[] = [];
  const refund = defineAction({
    id: "refund",
    name: "Refund",
    description: "Gives money back.",
    approval: "human",
    input: z.strictObject({ amount: z.int() }),
    config: z.strictObject({}),
    run: async ({ input }) => {
      refunds.push(input);
      return { refund: "re_1" };
    },
  });
  const bank = defineIntegration({
    id: "bank",
    name: "Bank",
    auth: { key: { label: "Key" }, scopes: [], identify: async () => ({ account: { id: "acct-1" } }) },
    http: { baseUrl: "https://api.bank.example", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: false, actions: true, notifications: false },
    streams: [],
    actions: [refund],
  });
  const encryptionKey = crypto.getRandomValues(new Uint8Array(32));
  const halo = await createHalo({ storage: memoryStorage(), integrations: [bank], encryptionKey });
  closing.push(() => halo.close());
  await halo.connections.connectWithKey({ orgId, integration: "bank", key: "k" });
  await halo.agents.upsert({ orgId, id: agentId });
  await halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true });
  const tools = (conversationId = "c1") =>
    halo.actions.tools({
      orgId,
      agentId,
      context: { conversationId, customer: { email: "ada@example.com" } },
    });
  return { halo, refunds, tools };
}

async function decided(halo: Halo, approvalId: string, kind: "approve" | "reject") {
  const { hash } = await halo.approvals.get(orgId, approvalId);
  const actor = { id: "grace", kind: "human", roles: ["approver"] } as const;
  await halo.approvals[kind]({ orgId, approvalId, hash, actor });
  if (kind === "reject") return;
  const stop = new AbortController();
  const ended = new Promise<void>((resolve) => {
    halo.on("action.succeeded", () => resolve());
  });
  const working = halo.work({ signal: stop.signal });
  await ended;
  stop.abort(new Error("over"));
  await working;
}

/** One turn of a conversation: the model calls a tool, and this is what it hears. */
type Turn = (tools: readonly HaloTool[], name: string, args: object) => Promise<string>;

let calls = 0;

const aiSdk: Turn = async (tools, toolName, args) => {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  };
  const call = {
    type: "tool-call",
    toolCallId: `call-${++calls}`,
    toolName,
    input: JSON.stringify(args),
  } as const;
  const turns = [
    { content: [call], finishReason: { unified: "tool-calls", raw: undefined }, usage, warnings: [] },
    {
      content: [{ type: "text", text: "Done." }],
      finishReason: { unified: "stop", raw: undefined },
      usage,
      warnings: [],
    },
  ];
  const model = new MockLanguageModelV4({ doGenerate: async () => turns.shift() as never });
  await generateText({ model, prompt: "please", stopWhen: stepCountIs(3), ...aiSdkTools(tools) });
  return JSON.stringify(model.doGenerateCalls.at(-1)?.prompt.filter(({ role }) => role === "tool"));
};

const openAi: Turn = async (tools, name, args) => {
  const item = {
    type: "function_call",
    id: "f",
    call_id: `call-${++calls}`,
    name,
    arguments: JSON.stringify(args),
  };
  const client = new OpenAI({
    apiKey: "none",
    fetch: async () => Response.json({ id: "r", object: "response", output: [item] }),
  });
  const halo = openAiTools(tools);
  const response = await client.responses.create({ model: "m", input: "please", tools: halo.tools });
  return JSON.stringify(await halo.run(response.output));
};

const openAiAgents: Turn = async (tools, name, args) => {
  const usage = new Usage({ requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 });
  const turns = [
    [
      {
        type: "function_call",
        callId: `call-${++calls}`,
        name,
        arguments: JSON.stringify(args),
        status: "completed",
      },
    ],
    [
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Done." }],
      },
    ],
  ];
  const heard: string[] = [];
  const model = {
    getResponse: async ({ input }: { input: unknown }) => {
      heard.push(JSON.stringify(input));
      return { usage, output: turns.shift() ?? [] };
    },
  } as unknown as Model;
  const agent = new Agent({ name: "Support", instructions: "Help.", model, tools: openAiAgentsTools(tools) });
  await new Runner({ tracingDisabled: true }).run(agent, "please");
  return heard.at(-1) ?? "";
};

const anthropic: Turn = async (tools, name, input) => {
  const bodies: string[] = [];
  const turns = [
    { content: [{ type: "tool_use", id: `toolu_${++calls}`, name, input }], stop_reason: "tool_use" },
    { content: [{ type: "text", text: "Done." }], stop_reason: "end_turn" },
  ];
  const client = new Anthropic({
    apiKey: "none",
    fetch: async (_url, init) => {
      bodies.push(String(init?.body));
      const usage = { input_tokens: 1, output_tokens: 1 };
      return Response.json({
        id: "m",
        type: "message",
        role: "assistant",
        model: "m",
        usage,
        ...turns.shift(),
      });
    },
  });
  const ask = { model: "m", max_tokens: 9, messages: [{ role: "user" as const, content: "please" }] };
  await client.beta.messages.toolRunner({ ...ask, tools: anthropicTools(tools) });
  return JSON.stringify((JSON.parse(bodies.at(-1) ?? "{}") as { messages?: unknown }).messages);
};

const langchain: Turn = async (tools, name, args) => {
  const tool = langchainTools(tools).find((one) => one.name === name);
  const answer: unknown = await tool?.invoke({
    name,
    args,
    id: `call-${++calls}`,
    type: "tool_call",
  } as never);
  return JSON.stringify(answer);
};

const mcp: Turn = async (tools, name, args) => {
  const handler = mcpHandler(() => tools);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { port } = server.address() as AddressInfo;
    const answer = await handler(
      new Request(`http://127.0.0.1:${port}${request.url}`, {
        method: request.method ?? "GET",
        headers: request.headers as Record<string, string>,
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new Client({ name: "test", version: "1.0.0" }, { capabilities: {} });
  try {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url));
    return JSON.stringify(await client.callTool({ name, arguments: { ...args } }));
  } finally {
    await client.close();
    server.closeAllConnections();
    server.close();
  }
};

const plain: Turn = async (tools, name, args) => {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no ${name}`);
  return (await callTool(tool, args)).text;
};

const frameworks: readonly (readonly [string, Turn])[] = [
  ["callTool", plain],
  ["the AI SDK", aiSdk],
  ["OpenAI's Responses", openAi],
  ["OpenAI's Agents SDK", openAiAgents],
  ["Anthropic's tool runner", anthropic],
  ["LangChain", langchain],
  ["MCP", mcp],
];

describe.each(frameworks)("in %s", (_, turn) => {
  it("A1 a model hears that a person decides, does nothing by itself, and learns what came of it", async () => {
    const { halo, refunds, tools } = await opened();
    const heard = await turn(await tools(), "bank_refund", { amount: 5 });
    expect(heard).toContain("waiting for approval by a person of the team");
    const [waiting] = await halo.approvals.list(orgId);
    const id = waiting?.id ?? "";
    expect(heard).toContain(id);
    expect(heard).not.toContain(waiting?.hash);
    const check = async (conversation?: string) =>
      await turn(await tools(conversation), "check_approval", { approval_id: id });
    expect(await check()).toContain("it still waits for a person of the team");
    expect(refunds).toEqual([]);
    await decided(halo, id, "approve");
    expect(refunds).toEqual([{ amount: 5 }]);
    const told = await check();
    expect(told).toContain("It was approved and done.");
    expect(told).toContain("re_1");
    expect(await check("c2")).toContain("There is no such approval in this conversation.");
  });

  it("a model hears that a person said no, and is told not to ask again", async () => {
    const { halo, refunds, tools } = await opened();
    await turn(await tools(), "bank_refund", { amount: 5 });
    const [waiting] = await halo.approvals.list(orgId);
    await decided(halo, waiting?.id ?? "", "reject");
    const told = await turn(await tools(), "check_approval", { approval_id: waiting?.id });
    expect(told).toContain("a person of the team said no. Do not ask for it again.");
    expect(await turn(await tools(), "bank_refund", { amount: 5 })).toMatch(
      /A person said no to exactly this/,
    );
    expect(refunds).toEqual([]);
  });
});

describe("a host that follows approvals", () => {
  it("is told of each end, with the conversation and the words for its agent", async () => {
    const { halo, tools } = await opened();
    const told: ApprovalOutcome[] = [];
    const errors: unknown[] = [];
    const stop = followApprovals(
      halo,
      (outcome) => {
        told.push(outcome);
        if (outcome.state === "rejected") throw new Error("a listener's own");
      },
      (error) => errors.push(error),
    );
    await plain(await tools(), "bank_refund", { amount: 5 });
    await plain(await tools(), "bank_refund", { amount: 6 });
    const [second, first] = await halo.approvals.list(orgId);
    await decided(halo, first?.id ?? "", "approve");
    await decided(halo, second?.id ?? "", "reject");
    await expect.poll(() => told.length).toBe(2);
    expect(told).toMatchObject([
      { orgId, agentId, conversationId: "c1", approvalId: first?.id, state: "succeeded" },
      { approvalId: second?.id, state: "rejected", text: expect.stringContaining("said no") },
    ]);
    expect(errors).toMatchObject([{ message: "a listener's own" }]);
    stop();
    await plain(await tools(), "bank_refund", { amount: 7 });
    const [third] = await halo.approvals.list(orgId);
    await decided(halo, third?.id ?? "", "reject");
    expect(told).toHaveLength(2);
  });

  it("is not told of calls that nobody had to decide", async () => {
    const { halo } = await opened();
    const told: ApprovalOutcome[] = [];
    followApprovals(halo, (outcome) => void told.push(outcome));
    const call = { orgId, agentId: "nobody", action: "refund", input: { amount: 1 }, context: {} };
    await expect(halo.actions.invoke(call)).rejects.toMatchObject({ gate: "agent" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
  });
});
