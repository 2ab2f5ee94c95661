import type { HttpDefinition, VendorAnswer, Verdict } from "@halo/core";

export const API_ORIGIN = "https://api.fathom.ai";

const MINUTE_MS = 60_000;

/**
 * "Rate limits" in Fathom's API overview, read 2026-11-21: calls of one key a minute, and fewer of heavy ones, lowered
 * further under load. guess: which are heavy is not listed; those that bring transcripts or summaries are taken for it.
 */
const BUDGETS: HttpDefinition["budgets"] = [
  { name: "requests", limit: 60, windowMs: MINUTE_MS },
  { name: "heavy", limit: 30, windowMs: MINUTE_MS },
];

const LIGHT = /\/webhooks(\/|$)/;

/** How Fathom is spoken to: a key in a header of its own. */
export function http(origin: string): HttpDefinition {
  return {
    baseUrl: `${origin}/external/v1`,
    credential: ({ token }) => ({ name: "X-Api-Key", value: token }),
    budgets: BUDGETS,
    budgetsOf: ({ path }) => (LIGHT.test(path) ? ["requests"] : ["requests", "heavy"]),
    budgetFromHeaders,
    classify,
    // guess: no source says how many calls may be under way.
    concurrency: 4,
  };
}

/** What is told is the limit that is nearest, and not which one that is: only the heavy one is as low as 30. */
function budgetFromHeaders(headers: Headers) {
  const limit = count(headers.get("ratelimit-limit"));
  const remaining = count(headers.get("ratelimit-remaining"));
  if (limit === undefined || remaining === undefined) return undefined;
  return { name: limit <= 30 ? "heavy" : "requests", limit, remaining, windowMs: MINUTE_MS };
}

function classify({ headers, path = "", status }: VendorAnswer): Verdict {
  if (status >= 200 && status < 300) return { kind: "ok" };
  if (status === 401) return { kind: "unauthorized" };
  // The key of somebody who was deactivated: "4xx" is what the vendor says of it.
  if (status === 403 && path.endsWith("/meetings")) return { kind: "unauthorized" };
  if (status === 429) {
    // Retry-After is not documented; what is left of the window is.
    const seconds = count(headers.get("ratelimit-reset"));
    return { kind: "rate_limited", ...(seconds !== undefined && { retryAfterMs: seconds * 1_000 }) };
  }
  return { kind: status >= 500 ? "retry" : "failed" };
}

function count(value: string | null): number | undefined {
  return value !== null && /^\d{1,9}$/.test(value.trim()) ? Number(value) : undefined;
}
