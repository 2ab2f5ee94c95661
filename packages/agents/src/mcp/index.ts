import type { HaloTool } from "@halo/core";
import {
  acceptedContent,
  createMcpHandler,
  inputRequired,
  type McpRequestContext,
  McpServer,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { type CallOptions, type ConfirmRequest, callTool } from "../call-tool.ts";

export interface McpOptions extends Pick<CallOptions, "confirm" | "onError"> {
  /** Shown to clients. Default "halo". */
  readonly name?: string;
  /** Of your server. Default "1.0.0". */
  readonly version?: string;
}

/** Which tools this client has: made for each connection or request, since what an agent may do changes. */
export type McpTools = (context: McpRequestContext) => Promise<readonly HaloTool[]> | readonly HaloTool[];

const Confirmed = z.object({ confirm: z.boolean().describe("Yes, do it") });

/** One MCP server with these tools. */
export function createMcpServer(list: readonly HaloTool[], options: McpOptions = {}): McpServer {
  const server = new McpServer(
    { name: options.name ?? "halo", version: options.version ?? "1.0.0" },
    { capabilities: { tools: {} } },
  );
  for (const one of list) {
    const reads = one.kind === "read";
    server.registerTool(
      one.name,
      {
        title: one.title,
        description: one.description,
        inputSchema: one.input as z.ZodObject,
        annotations: { readOnlyHint: reads, destructiveHint: !reads && one.destructive, openWorldHint: true },
      },
      async (input: unknown, { mcpReq }) => {
        const { inputResponses, signal } = mcpReq;
        const answered = acceptedContent(inputResponses, "confirm", Confirmed);
        let asking: ConfirmRequest | undefined;
        const answer = await callTool(one, input, {
          onError: options.onError,
          signal,
          // Bound to the arguments that the user was asked about: a retry with others is refused.
          confirmation: answered?.confirm ? mcpReq.requestState<string>() : undefined,
          confirm: (request) => {
            if (options.confirm) return options.confirm(request);
            asking = request;
            return false;
          },
        });
        if (asking && answered === undefined && asksUser(server, mcpReq.envelope)) {
          const message = asking.preview.summary;
          return inputRequired({
            inputRequests: { confirm: inputRequired.elicit({ message, requestedSchema: Confirmed }) },
            requestState: asking.confirmation,
          });
        }
        const content = [{ type: "text" as const, text: answer.text }];
        return { content, ...(answer.isError && { isError: true }) };
      },
    );
  }
  return server;
}

/** A client that cannot ask its user is told in words that the action waits. */
function asksUser(server: McpServer, envelope: { readonly [key: string]: unknown } | undefined): boolean {
  // Since 2026-07-28 each request brings the client's capabilities; before that the connection did.
  const declared = envelope?.["io.modelcontextprotocol/clientCapabilities"];
  const capabilities = declared ?? server.server.getClientCapabilities();
  return (capabilities as { elicitation?: unknown } | undefined)?.elicitation !== undefined;
}

/**
 * MCP over streamable HTTP as a web-standard function, for any server. Who asks is yours to know: check the request
 * before, and give `authInfo`, or find the tools by it.
 *
 * @example
 * const mcp = mcpHandler(({ requestInfo }) => toolsOf(requestInfo));
 * app.all("/mcp", (c) => mcp(c.req.raw));
 */
export function mcpHandler(
  tools: McpTools,
  options: McpOptions = {},
): ReturnType<typeof createMcpHandler>["fetch"] {
  return createMcpHandler(async (context) => createMcpServer(await tools(context), options)).fetch;
}

/** MCP over stdin and stdout, for a client that starts this process. Write nothing else to stdout. */
export async function serveMcpStdio(
  tools: McpTools,
  options: McpOptions = {},
): Promise<{ close(): Promise<void> }> {
  const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
  return serveStdio(async (context) => createMcpServer(await tools(context), options));
}
