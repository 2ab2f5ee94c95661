import { ConfigurationError, type Halo, type Logger, silentLogger } from "@halo/core";
import { Hono } from "hono";
import { json, respond } from "./answer.ts";
import type { Authorize } from "./authorize.ts";
import type { Surface } from "./context.ts";
import { errorAnswer } from "./error-answer.ts";
import { type HandlerLimits, limitsOf } from "./limits.ts";
import { readBody } from "./read-body.ts";
import { actionRoutes } from "./routes/actions.ts";
import { agentRoutes } from "./routes/agents.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { auditRoutes } from "./routes/audit.ts";
import { connectRoutes } from "./routes/connect.ts";
import { customerRoutes } from "./routes/customers.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { integrationRoutes } from "./routes/integrations.ts";
import { knowledgeRoutes } from "./routes/knowledge.ts";
import { learningRoutes } from "./routes/learning.ts";
import { meetingRoutes } from "./routes/meetings.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { runRoutes } from "./routes/runs.ts";
import { segmentRoutes } from "./routes/segments.ts";
import { type WebhookDoor, webhookDoor } from "./webhook-door.ts";

export interface HandlerOptions {
  /** Who asks? Required: without it nothing could be told apart from a stranger. */
  readonly authorize: Authorize;
  /**
   * Where this process is asked. Default `halo.base`; give another only behind a proxy that takes a prefix away. URLs
   * for vendors and people are built from `halo.publicUrl` and `halo.base` all the same.
   */
  readonly base?: string;
  readonly limits?: HandlerLimits;
  readonly logger?: Logger;
  /** Origins other than `publicUrl` whose pages may call the admin API: "https://admin.example.com". */
  readonly origins?: readonly string[];
  /**
   * Who approves something must have proved who they are within so many ms, by `authenticatedAt` of `authorize`; otherwise the
   * answer is 401 `reauthenticate`. Default: a session is enough.
   */
  readonly reauthenticateMs?: number;
}

/** Answers a request below `base`; 404 for any other. Never rejects. */
export type Handler = (request: Request) => Promise<Response>;

/** How a listener finds the webhook door of a handler; by name, since ESM and CommonJS each have their own copy. */
export const doorOf: unique symbol = Symbol.for("halo.server.webhook-door");

export type HandlerWithDoor = Handler & { readonly [doorOf]?: WebhookDoor };

/** Names of our own routes, which no integration may have. */
const reserved = new Set([
  "runs",
  "deliveries",
  "quarantine",
  "knowledge",
  "agents",
  "calls",
  "approvals",
  "audit",
  "kill-switch",
  "notifications",
  "customers",
  "segments",
  "health",
  "renewals",
]);

/**
 * Halo over HTTP: webhooks, connecting, and the admin API, as one web-standard function to mount anywhere. Throws
 * `configuration_invalid` without `authorize`, and for a Halo that has no `publicUrl`: signatures and redirects are
 * over the public address, and no header of a request is believed about it.
 *
 * @example
 * const handler = createHandler(halo, { authorize: async (request) => callerOf(await session(request)) });
 */
export function createHandler(halo: Halo, options: HandlerOptions): Handler {
  const surface = surfaceOf(halo, options);
  const app = new Hono({ strict: false }).basePath(surface.base);
  runRoutes(app, surface);
  deliveryRoutes(app, surface);
  knowledgeRoutes(app, surface);
  learningRoutes(app, surface);
  agentRoutes(app, surface);
  actionRoutes(app, surface);
  approvalRoutes(app, surface);
  auditRoutes(app, surface);
  notificationRoutes(app, surface);
  customerRoutes(app, surface);
  meetingRoutes(app, surface);
  segmentRoutes(app, surface);
  connectRoutes(app, surface);
  integrationRoutes(app, surface);
  app.notFound(() => json(404, { error: { code: "not_found", message: "There is nothing here." } }));
  app.onError((error) => errorAnswer(error, surface.logger));
  const door = webhookDoor(surface);
  const handler: Handler = async (request) => {
    const { headers, method, url } = request;
    const pathAndQuery = pathAndQueryOf(url);
    const route = door.match(pathAndQuery);
    if (!route) return await app.fetch(request);
    const call = { method, pathAndQuery, headers, readBody: () => readBody(request, door.limits) };
    return respond(await door.receive(route, call));
  };
  Object.defineProperty(handler, doorOf, { value: door });
  return handler;
}

/** As it came: a URL object would write it anew, and the vendor signed these characters. */
function pathAndQueryOf(url: string): string {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const to = url.indexOf("#", from);
  return url.slice(from, to === -1 ? undefined : to);
}

function surfaceOf(halo: Halo, options: HandlerOptions): Surface {
  const { authorize, base = halo.base, logger = silentLogger } = options ?? {};
  if (typeof authorize !== "function") {
    throw new ConfigurationError(
      "Give createHandler `authorize(request)`: without it nobody can be told apart from a stranger.",
      { option: "authorize" },
    );
  }
  if (halo.publicUrl === undefined) {
    throw new ConfigurationError(
      "Give createHalo a `publicUrl`: webhooks are signed, and people sent back, to the public address.",
      { option: "publicUrl" },
    );
  }
  if (!/^\/[\w\-./]*[^/]$/.test(base)) {
    throw new ConfigurationError('Give `base` as a path without a slash at its end, "/api/integrations".', {
      option: "base",
    });
  }
  for (const { id } of halo.integrations) {
    if (!reserved.has(id)) continue;
    throw new ConfigurationError(`An integration cannot be called "${id}": that is a route of the handler.`, {
      option: "integrations",
    });
  }
  const { publicUrl } = halo;
  const { reauthenticateMs } = options;
  if (reauthenticateMs !== undefined && !(reauthenticateMs > 0)) {
    throw new ConfigurationError("Give `reauthenticateMs` as a time above 0.", {
      option: "reauthenticateMs",
    });
  }
  const origins = new Set([publicUrl, ...(options.origins ?? [])]);
  return {
    halo,
    publicUrl,
    base,
    authorize,
    logger,
    origins,
    limits: limitsOf(options.limits),
    reauthenticateMs,
  };
}
