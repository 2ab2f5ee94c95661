import type { Context, Hono } from "hono";
import * as z from "zod";
import { json, page, redirect } from "../answer.ts";
import { namedConnection, requireIntegration } from "../chosen-connection.ts";
import { connectCookie, newToken, readToken, sessionOf, setCookie } from "../connect-session.ts";
import { admin, changer, part, type Surface } from "../context.ts";
import { tell } from "../error-answer.ts";
import { bodyOf, id, queryOf } from "../input.ts";
import { requireOwnNavigation } from "../same-site.ts";

const Connect = z.strictObject({
  returnTo: z.string().max(2_048).exactOptional(),
  connectionId: id.exactOptional(),
  switchAccount: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(false),
});

const Key = z.strictObject({
  key: z.string().min(1).max(4_096),
  connectionId: id.exactOptional(),
  switchAccount: z.boolean().default(false),
  webhookSecret: z.string().min(1).max(4_096).exactOptional(),
});

const WebhookSecret = z.strictObject({ connectionId: id, webhookSecret: z.string().min(1).max(4_096) });

/** The way to the vendor and back, by a person's browser; and the short way, with a key. All for admins only. */
export function connectRoutes(app: Hono, surface: Surface): void {
  app.get("/:integration/connect", (context) => facing(surface, context, connect));
  app.get("/:integration/callback", (context) => facing(surface, context, callback));
  app.post("/:integration/key", (context) => connectWithKey(surface, context));
  app.post("/:integration/webhook-secret", (context) => setWebhookSecret(surface, context));
}

async function connect(surface: Surface, context: Context): Promise<Response> {
  const { halo } = surface;
  const request = context.req.raw;
  requireOwnNavigation(request);
  const caller = await admin(surface, request);
  const integration = requireIntegration(halo, part(context, "integration"));
  const query = queryOf(request, Connect);
  if (query.connectionId !== undefined) {
    await namedConnection(halo, caller.orgId, integration, query.connectionId);
  }
  const token = newToken();
  const { url } = await halo.connections.begin({
    orgId: caller.orgId,
    integration,
    session: sessionOf(token, caller),
    redirectUri: callbackUrl(surface, integration),
    ...query,
  });
  return redirect(302, url, { "set-cookie": setCookie(cookieOf(surface, integration), token) });
}

async function callback(surface: Surface, context: Context): Promise<Response> {
  const { halo } = surface;
  const request = context.req.raw;
  const caller = await admin(surface, request);
  const integration = requireIntegration(halo, part(context, "integration"));
  const cookie = cookieOf(surface, integration);
  const { connection, returnTo } = await halo.connections.complete({
    integration,
    session: sessionOf(readToken(cookie, request) ?? "", caller),
    parameters: new URL(request.url).searchParams,
    redirectUri: callbackUrl(surface, integration),
  });
  const headers = { "set-cookie": setCookie(cookie, "") };
  if (returnTo !== undefined) return redirect(303, new URL(returnTo, surface.publicUrl).href, headers);
  if (!wantsPage(request)) return json(200, { connection }, headers);
  const name = halo.integrations.find((one) => one.id === integration)?.name ?? integration;
  return page(200, `${name} is connected`, "The first sync has begun. You can close this page.", headers);
}

async function connectWithKey(surface: Surface, context: Context): Promise<Response> {
  const request = context.req.raw;
  const caller = await changer(surface, request);
  const { halo } = surface;
  const integration = requireIntegration(halo, part(context, "integration"));
  const given = await bodyOf(surface, request, Key);
  if (given.connectionId !== undefined) {
    await namedConnection(halo, caller.orgId, integration, given.connectionId);
  }
  const connection = await halo.connections.connectWithKey({ ...given, orgId: caller.orgId, integration });
  return json(201, { connection });
}

async function setWebhookSecret(surface: Surface, context: Context): Promise<Response> {
  const request = context.req.raw;
  const caller = await changer(surface, request);
  const { halo } = surface;
  const integration = requireIntegration(halo, part(context, "integration"));
  const { connectionId, webhookSecret } = await bodyOf(surface, request, WebhookSecret);
  await namedConnection(halo, caller.orgId, integration, connectionId);
  const connection = await halo.connections.setWebhookSecret(caller.orgId, connectionId, webhookSecret);
  return json(200, { connection });
}

/** From configuration, never from the Host header: whoever sends one must not choose where codes go. */
function callbackUrl({ halo, publicUrl }: Surface, integration: string): string {
  return `${publicUrl}${halo.base}/${integration}/callback`;
}

function cookieOf({ halo, publicUrl }: Surface, integration: string) {
  return connectCookie(publicUrl, `${halo.base}/${integration}`);
}

/** A person is looking: errors are a page that can be read, and hold nothing of the query. */
async function facing(
  surface: Surface,
  context: Context,
  route: (surface: Surface, context: Context) => Promise<Response>,
): Promise<Response> {
  try {
    return await route(surface, context);
  } catch (error) {
    const { error: body, headers, status } = tell(error, surface.logger);
    if (!wantsPage(context.req.raw)) return json(status, { error: body }, headers);
    return page(status, "That did not work", `${body.message} (${body.code})`, headers);
  }
}

function wantsPage(request: Request): boolean {
  return (request.headers.get("accept") ?? "").includes("text/html");
}
