import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Handler } from "../create-handler.ts";

/** A listener for `http.createServer`, Express, Connect or any server that hands over node's own request and answer. */
export function toNodeListener(
  handler: Handler,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return getRequestListener(handler, { overrideGlobalObjects: false });
}
