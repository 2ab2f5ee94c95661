import type { HttpDefinition, VendorAnswer, Verdict } from "@halo/core";
import * as z from "zod";

// "Usage guidelines" and "Error handling" in HubSpot's developer documentation, read 2026-11-21.
const RETRIED = new Set([500, 502, 503, 504, 521, 523, 524]);
const LOCKED_MS = 2_000;
const SECONDLY_MS = 1_000;
// guess: the day ends at midnight of the account's time zone, which the answer does not tell; ask again in an hour.
const DAILY_MS = 3_600_000;

/**
 * Starting values for an OAuth app; `X-HubSpot-RateLimit-*` headers correct the first one for every other kind of
 * account. Searches are limited by themselves and send no such headers; association calls count twice.
 */
const BUDGETS: HttpDefinition["budgets"] = [
  { name: "burst", limit: 110, windowMs: 10_000 },
  { name: "search", limit: 5, windowMs: 1_000 },
  { name: "associations", limit: 100, windowMs: 10_000 },
];

const ErrorBody = z.object({
  category: z.string().nullish(),
  errorType: z.string().nullish(),
  policyName: z.string().nullish(),
  error: z.string().nullish(),
  correlationId: z.string().nullish(),
  requestId: z.string().nullish(),
  message: z.string().nullish().catch(undefined),
  errors: z
    .array(
      z.object({
        code: z.string().nullish(),
        context: z
          .object({
            requiredGranularScopes: z.array(z.string()).nullish(),
            propertyName: z.array(z.string()).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish()
    .catch(undefined),
});

type ErrorBody = z.infer<typeof ErrorBody>;

export const API_ORIGIN = "https://api.hubapi.com";

/** How HubSpot is spoken to. `baseUrl` is the API's origin. */
export function http(baseUrl: string): HttpDefinition {
  return {
    baseUrl,
    budgets: BUDGETS,
    // guess: nothing documents how many calls may be under way; 16 fill a window of 250 quickly enough (P16).
    concurrency: 16,
    budgetsOf: ({ path }) => {
      if (path.split("?", 1)[0]?.endsWith("/search")) return ["search"];
      return path.startsWith("/crm/associations/") ? ["burst", "associations"] : ["burst"];
    },
    budgetFromHeaders,
    classify,
    describe: (answer) => {
      const body = errorBody(answer);
      const requestId = word(body.correlationId ?? body.requestId);
      const reason =
        refusedProperty(body) ?? word(body.category ?? body.policyName ?? body.errorType ?? body.error);
      return { ...(requestId && { requestId }), ...(reason && { reason }) };
    },
  };
}

function budgetFromHeaders(headers: Headers) {
  const limit = count(headers.get("x-hubspot-ratelimit-max"));
  const remaining = count(headers.get("x-hubspot-ratelimit-remaining"));
  const windowMs = count(headers.get("x-hubspot-ratelimit-interval-milliseconds"));
  if (limit === undefined && remaining === undefined) return undefined;
  return {
    name: "burst",
    ...(limit && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(windowMs && { windowMs }),
  };
}

function classify(answer: VendorAnswer): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "ok" };
  if (status === 401) return { kind: "unauthorized" };
  const wait = retryAfterMs(answer.headers);
  const body = errorBody(answer);
  if (status === 403 && body.category === "MISSING_SCOPES") {
    return { kind: "missing_scope", scopes: missingScopes(body) };
  }
  if (status === 429) return rateLimited(body, wait);
  if (status === 423) return { kind: "retry", retryAfterMs: wait ?? LOCKED_MS };
  // 477: the account moves to another data centre; Retry-After says how long, up to a day.
  if (status === 477 || RETRIED.has(status)) {
    return wait === undefined ? { kind: "retry" } : { kind: "retry", retryAfterMs: wait };
  }
  return { kind: "failed" };
}

function rateLimited(body: ErrorBody, wait: number | undefined): Verdict {
  switch (body.policyName) {
    case "DAILY":
      return { kind: "rate_limited", retryAfterMs: wait ?? DAILY_MS };
    case "SECONDLY":
      return { kind: "rate_limited", budget: "search", retryAfterMs: wait ?? SECONDLY_MS };
    default:
      return wait === undefined ? { kind: "rate_limited" } : { kind: "rate_limited", retryAfterMs: wait };
  }
}

/**
 * `INVALID_OPTION:dealstage`: what was wrong with which property. It stands in `errors`, or only in the message, as a
 * list in JSON behind "Property values were not valid: " (answers quoted in public issues, read 2026-11-21).
 */
function refusedProperty(body: ErrorBody): string | undefined {
  if (body.category !== "VALIDATION_ERROR" && body.category != null) return undefined;
  for (const { code, context } of body.errors ?? []) {
    const property = context?.propertyName?.[0];
    if (code && property) return word(`${code}:${property}`);
  }
  const [, list] = /^Property values were not valid: (\[.*\])$/s.exec(body.message ?? "") ?? [];
  if (list === undefined) return undefined;
  const [first] = PropertyRefusals.safeParse(parsed(list)).data ?? [];
  return first && word(`${first.error}:${first.name}`);
}

const PropertyRefusals = z.array(z.object({ error: z.string(), name: z.string() }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function missingScopes(body: ErrorBody): string[] {
  const named = (body.errors ?? []).flatMap((error) => error.context?.requiredGranularScopes ?? []);
  return [...new Set(named)].filter((scope) => word(scope) !== undefined);
}

/** Retry-After as seconds or as a date, which is measured against the answer's own Date. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const span = Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(span) ? undefined : Math.max(0, span);
}

function errorBody(answer: VendorAnswer): ErrorBody {
  return ErrorBody.safeParse(answer.body).data ?? {};
}

function count(value: string | null): number | undefined {
  return value !== null && /^\d{1,9}$/.test(value.trim()) ? Number(value) : undefined;
}

/** A word for logs: ids and constants pass, sentences do not. */
function word(value: string | null | undefined): string | undefined {
  return value && /^[\w.:-]{1,80}$/.test(value) ? value : undefined;
}
