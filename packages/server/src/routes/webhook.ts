import { isHaloError } from "@halo/core";
import type { Context, Hono } from "hono";
import { json } from "../answer.ts";
import { part, type Surface } from "../context.ts";
import { errorAnswer } from "../error-answer.ts";
import { readBody } from "../read-body.ts";

/** Where vendors deliver. Open to all: what counts is the signature, which covers the raw bytes. */
export function webhookRoutes(app: Hono, surface: Surface): void {
  const receive = (context: Context) => receiveWebhook(surface, context);
  app.on(["POST"], ["/:integration/webhook", "/:integration/webhook/:routeKey"], receive);
  app.on(["POST"], "/:integration/webhook/:routeKey/*", () => unverified());
  app.all("/:integration/webhook/*", () => notAllowed());
}

async function receiveWebhook({ base, halo, limits, logger }: Surface, context: Context): Promise<Response> {
  const request = context.req.raw;
  try {
    const body = await readBody(request, { maxBytes: limits.webhookBytes, maxMs: limits.bodyMs });
    const routeKey = context.req.param("routeKey");
    await halo.deliveries.receive({
      integration: part(context, "integration"),
      ...(routeKey === undefined ? {} : { routeKey }),
      method: request.method,
      // As the vendor called it: what it signed is below the public base.
      pathAndQuery: halo.base + pathAndQuery(request.url).slice(base.length),
      headers: request.headers,
      body,
    });
    return json(200, { ok: true });
  } catch (error) {
    // The reason is for the log alone; a bad signature and an unknown route look the same (F53, T47).
    if (!isHaloError(error, "webhook_unverified")) return errorAnswer(error, logger);
    logger.warn("A webhook was refused.", { reason: "reason" in error ? String(error.reason) : undefined });
    return unverified();
  }
}

function pathAndQuery(url: string): string {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const hash = url.indexOf("#", from);
  return hash === -1 ? url.slice(from) : url.slice(from, hash);
}

function unverified(): Response {
  return json(401, { error: { code: "webhook_unverified", message: "The delivery is not genuine." } });
}

function notAllowed(): Response {
  return json(
    405,
    { error: { code: "method_not_allowed", message: "Webhooks are delivered by POST." } },
    { allow: "POST" },
  );
}
