import type { HttpDefinition, VendorAnswer, Verdict } from "@halo/core";
import * as z from "zod";

/**
 * The version of the API that every call names, so that shapes do not differ from account to account: the newest at the
 * time of writing, of the npm package `stripe` 23.1.0.
 */
export const API_VERSION = "2026-10-28.endive";

export const API_ORIGIN = "https://api.stripe.com";

/**
 * "Rate limits" in Stripe's documentation, read 2026-11-21: 100 calls a second in live mode, 25 in test mode, and 25 to
 * each endpoint. The account's own software shares them, so some are left to it; test mode's smaller one is told by 429.
 */
const SECOND_MS = 1_000;
const ALL = { name: "all", limit: 80, windowMs: SECOND_MS };
const EACH = 20;
const RESOURCES = [
  "customers",
  "subscriptions",
  "subscription_items",
  "invoices",
  "payment_intents",
  "charges",
  "refunds",
  "events",
];

/** How long an object stays locked by another call; the official client waits half a second and more. */
const LOCKED_MS = 500;

const ErrorBody = z.object({
  error: z
    .object({
      type: z.string().nullish(),
      code: z.string().nullish(),
      decline_code: z.string().nullish(),
      message: z.string().nullish(),
    })
    .nullish()
    .catch(undefined),
});

/** How Stripe is spoken to. `baseUrl` is the API's origin. */
export function http(baseUrl: string): HttpDefinition {
  return {
    baseUrl,
    headers: { "Stripe-Version": API_VERSION },
    // An idempotency key is written by what must happen once; `Stripe-Account` is for platforms.
    callHeaders: ["Idempotency-Key", "Stripe-Version", "Stripe-Account"],
    budgets: [ALL, ...RESOURCES.map((name) => ({ name, limit: EACH, windowMs: SECOND_MS }))],
    budgetsOf: ({ path }) => {
      const resource = path.split(/[/?]/, 3)[2] ?? "";
      return RESOURCES.includes(resource) ? ["all", resource] : ["all"];
    },
    // guess: nothing says how many calls may be under way; concurrency has limits of its own, told by 429.
    concurrency: 16,
    classify,
    describe: ({ headers, body }) => {
      const error = errorOf(body);
      const requestId = headers.get("request-id");
      const reason = error?.decline_code ?? error?.code ?? error?.type;
      return { ...(requestId && { requestId }), ...(reason && { reason }) };
    },
  };
}

function classify({ body, headers, path = "", status }: VendorAnswer): Verdict {
  if (status >= 200 && status < 300) return { kind: "ok" };
  const error = errorOf(body);
  if (status === 401) return { kind: "unauthorized" };
  if (status === 403) return { kind: "missing_scope", scopes: missingPermission(path, error?.message) };
  // An object that another call holds: this one alone waits, nobody was asked to slow down.
  if (error?.code === "lock_timeout") return { kind: "retry", retryAfterMs: LOCKED_MS };
  if (status === 429) return limited(path, headers);
  const told = headers.get("stripe-should-retry");
  if (told === "false") return { kind: "failed" };
  if (told === "true" || status === 409 || status >= 500) return { kind: "retry" };
  return { kind: "failed" };
}

/** No Retry-After is documented: without one the client backs off by itself. */
function limited(path: string, headers: Headers): Verdict {
  const resource = path.split("/", 3)[2] ?? "";
  const endpoint = headers.get("stripe-rate-limited-reason")?.startsWith("endpoint-");
  return endpoint && RESOURCES.includes(resource)
    ? { kind: "rate_limited", budget: resource }
    : { kind: "rate_limited" };
}

/** "rak_customer_read": the permission's own name, which the message of a 403 tells, or else what was asked for. */
function missingPermission(path: string, message: string | null | undefined): readonly string[] {
  const [named] = /\brak_[a-z_]{1,60}\b/.exec(message ?? "") ?? [];
  const [, , resource] = path.split("/", 3);
  return named ? [named] : resource && /^[a-z_]{1,40}$/.test(resource) ? [resource] : [];
}

function errorOf(body: unknown) {
  return ErrorBody.safeParse(body).data?.error ?? undefined;
}
