import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { doorOf, type Handler, type HandlerWithDoor } from "../create-handler.ts";
import { deadline } from "./deadline.ts";
import { readIncoming } from "./read-incoming.ts";
import { sendPlain } from "./send-plain.ts";

/**
 * A listener for `http.createServer`, Express, Connect or any server that hands over node's own request and answer. Mount
 * it before anything that parses bodies.
 *
 * Webhooks go straight from node's objects to Halo, without a Request and a Response in between (see
 * docs/decisions/2026-11-21-webhooks-past-request-and-response.md); everything else through @hono/node-server.
 */
export function toNodeListener(
  handler: Handler,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const door = (handler as HandlerWithDoor)[doorOf];
  const slow = deadline(door?.limits.maxMs ?? 0);
  const general = getRequestListener(handler, { overrideGlobalObjects: false });
  return async (incoming, outgoing) => {
    // Express takes the path it was mounted at away from `url`.
    const { originalUrl } = incoming as { originalUrl?: unknown };
    if (typeof originalUrl === "string") incoming.url = originalUrl;
    const { headers, method = "GET", url: pathAndQuery = "/" } = incoming;
    const route = door?.match(pathAndQuery);
    if (!door || !route) return await general(incoming, outgoing);
    const readBody = () => readIncoming(incoming, door.limits.maxBytes, slow);
    sendPlain(incoming, outgoing, await door.receive(route, { method, pathAndQuery, headers, readBody }));
  };
}
