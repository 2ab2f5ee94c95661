import { isHaloError, type ReceivedWebhook } from "@halo/core";
import { type PlainAnswer, plainJson, plainReply } from "./answer.ts";
import type { Surface } from "./context.ts";
import { tell } from "./error-answer.ts";
import type { BodyLimits } from "./read-body.ts";

/**
 * Where vendors deliver. Open to all: what counts is the signature, over the raw bytes. It knows neither Request nor
 * Response, since making them costs a server more than verifying does: node's own objects come in by the same door.
 */
export interface WebhookDoor {
  readonly limits: BodyLimits;
  /** Which webhook a path and query mean; undefined where it is none. */
  match(pathAndQuery: string): WebhookRoute | undefined;
  /** Never rejects. */
  receive(route: WebhookRoute, call: WebhookCall): Promise<PlainAnswer>;
}

export interface WebhookRoute {
  readonly integration: string;
  readonly routeKey?: string;
  /** Somebody pressed a button in the vendor's pages, instead of an event. */
  readonly click?: boolean;
}

export interface WebhookCall {
  readonly method: string;
  readonly pathAndQuery: string;
  readonly headers: ReceivedWebhook["headers"];
  /** Throws a refusal. */
  readonly readBody: () => Promise<Uint8Array>;
}

const accepted = plainJson(200, { ok: true });
/** What is said to whoever clicked is said elsewhere: a body would be shown to everybody. */
const clicked = plainReply({ contentType: "text/plain", body: "" });
const unverified = plainJson(401, {
  error: { code: "webhook_unverified", message: "The delivery is not genuine." },
});
const notAllowed = plainJson(
  405,
  { error: { code: "method_not_allowed", message: "Webhooks are delivered by POST." } },
  { allow: "POST" },
);

export function webhookDoor({ base, halo, limits, logger }: Surface): WebhookDoor {
  return {
    limits: { maxBytes: limits.webhookBytes, maxMs: limits.bodyMs },
    match: (pathAndQuery) => webhookRoute(base, pathAndQuery),
    async receive(route, { headers, method, pathAndQuery, readBody }) {
      if (method !== "POST") return notAllowed;
      try {
        const body = await readBody();
        const { click, ...named } = route;
        const call = {
          ...named,
          method,
          // As the vendor called it: what it signed is below the public base.
          pathAndQuery: base === halo.base ? pathAndQuery : halo.base + pathAndQuery.slice(base.length),
          headers,
          body,
        };
        if (click) {
          await halo.clicks.receive(call);
          return clicked;
        }
        const { reply } = await halo.deliveries.receive(call);
        return reply ? plainReply(reply) : accepted;
      } catch (error) {
        if (!isHaloError(error, "webhook_unverified")) {
          const told = tell(error, logger);
          return plainJson(told.status, { error: told.error }, told.headers);
        }
        // The reason is for the log alone; a bad signature and an unknown route look the same (F53, T47).
        logger.warn("A webhook was refused.", {
          reason: "reason" in error ? String(error.reason) : undefined,
        });
        return unverified;
      }
    },
  };
}

/** `{base}/{integration}/webhook`, `…/webhook/{routeKey}` and `…/interactivity`; whatever else lies below is a route that nobody has. */
function webhookRoute(base: string, pathAndQuery: string): WebhookRoute | undefined {
  if (!pathAndQuery.startsWith(base) || pathAndQuery[base.length] !== "/") return undefined;
  const query = pathAndQuery.indexOf("?");
  const path = query === -1 ? pathAndQuery : pathAndQuery.slice(0, query);
  const end = path.indexOf("/", base.length + 1);
  if (end === -1) return undefined;
  const integration = path.slice(base.length + 1, end);
  const rest = path.slice(end + 1);
  if (rest === "webhook" || rest === "webhook/") return { integration };
  if (rest === "interactivity" || rest === "interactivity/") return { integration, click: true };
  return rest.startsWith("webhook/") ? { integration, routeKey: decoded(rest.slice(8)) } : undefined;
}

function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
