import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, describe, expect, it } from "vitest";
import { type World, world } from "../../test/tools.ts";
import { mcpHandler } from "./index.ts";

const input = { name: "x" };
const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** MCP's own client; `says` is what its user answers when it is asked. */
async function clientOf(
  transport: ConstructorParameters<typeof StreamableHTTPClientTransport>[0] | StdioClientTransport,
  says?: boolean,
  mode: "auto" | "legacy" = "auto",
) {
  const capabilities = says === undefined ? {} : { elicitation: { form: {} } };
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { capabilities, versionNegotiation: { mode } },
  );
  const asked: string[] = [];
  if (says !== undefined) {
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params.message);
      return { action: "accept", content: { confirm: says } };
    });
  }
  await client.connect(
    transport instanceof URL ? new StreamableHTTPClientTransport(transport) : (transport as never),
  );
  closing.push(() => client.close());
  return { client, asked };
}

/** The handler behind a real HTTP server. */
async function served({ tools }: World): Promise<URL> {
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
    if (answer.body) for await (const chunk of answer.body) response.write(chunk);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

describe("over streamable HTTP", () => {
  it("lists every tool with its schema and what it may change", async () => {
    const here = world();
    const { client } = await clientOf(await served(here));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(here.tools.map(({ name }) => name));
    expect(tools[0]).toMatchObject({
      inputSchema: { type: "object", required: ["name"], additionalProperties: false },
      annotations: { readOnlyHint: false, destructiveHint: true },
    });
    expect(tools.at(-1)?.annotations).toMatchObject({ readOnlyHint: true });
  });

  it.each([
    ["acme_create_deal", input, false, '{"status":"succeeded","output":{"id":"42"}}'],
    ["acme_create_note", input, true, "Refused: create_note is not enabled for this agent."],
    ["acme_refund", input, undefined, "waiting for approval"],
    ["search_knowledge", { query: "refund" }, undefined, "<untrusted source="],
  ])("answers a call of %s", async (name, args, isError, words) => {
    const { client } = await clientOf(await served(world()));
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError ?? false).toBe(isError ?? false);
    expect(JSON.stringify(result.content)).toContain(JSON.stringify(words).slice(1, -1));
  });

  it.each([
    [true, 1, "succeeded"],
    [false, 0, "waits until the user confirms"],
  ])("asks the client's user, who says %s", async (says, times, words) => {
    const here = world();
    const { client, asked } = await clientOf(await served(here), says);
    const result = await client.callTool({ name: "acme_update_contact", arguments: input });
    expect(asked).toEqual(["Sets jobtitle to CTO."]);
    expect(JSON.stringify(result.content)).toContain(words);
    expect(here.performed).toHaveLength(times);
  });

  it("refuses arguments that are not the ones which the user confirmed", async () => {
    const here = world();
    const url = await served(here);
    const name = "acme_update_contact";
    const call = async (params: Record<string, unknown>) => {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "test", version: "1.0.0" },
        "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
      };
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2026-07-28",
          "mcp-method": "tools/call",
          "mcp-name": name,
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name, ...params, _meta },
        }),
      });
      const { result } = (await response.json()) as {
        result: { requestState?: string; content?: unknown };
      };
      return result;
    };
    const { requestState } = await call({ arguments: input });
    expect(requestState).toBeTypeOf("string");
    const inputResponses = { confirm: { action: "accept", content: { confirm: true } } };
    const answer = await call({ arguments: { name: "another" }, requestState, inputResponses });
    expect(JSON.stringify(answer.content)).toContain("Refused: Confirm these arguments first.");
    expect(here.performed).toEqual([]);
    await call({ arguments: input, requestState, inputResponses });
    expect(here.performed).toHaveLength(1);
  });

  it.each(["auto", "legacy"] as const)(
    "performs nothing for a client that cannot ask its user (%s)",
    async (mode) => {
      const here = world();
      const { client } = await clientOf(await served(here), mode === "legacy" ? true : undefined, mode);
      const result = await client.callTool({ name: "acme_update_contact", arguments: input });
      expect(JSON.stringify(result.content)).toContain("waits until the user confirms");
      expect(here.performed).toEqual([]);
    },
  );
});

describe.each(["auto", "legacy"] as const)(
  "over stdin and stdout of a process that the client starts (%s)",
  (mode) => {
    const started = () => {
      const program = fileURLToPath(new URL("../../test/mcp-server.ts", import.meta.url));
      return new StdioClientTransport({
        command: process.execPath,
        args: ["--conditions=@halo/source", program],
      });
    };

    it("performs what is called", async () => {
      const { client } = await clientOf(started(), undefined, mode);
      const result = await client.callTool({ name: "acme_create_deal", arguments: input });
      expect(JSON.stringify(result.content)).toContain("succeeded");
    });

    it("asks the client's user", async () => {
      const { client, asked } = await clientOf(started(), true, mode);
      const result = await client.callTool({ name: "acme_update_contact", arguments: input });
      expect(asked).toEqual(["Sets jobtitle to CTO."]);
      expect(JSON.stringify(result.content)).toContain("succeeded");
    });
  },
);
