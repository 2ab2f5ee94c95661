import type { HttpDefinition, VendorAnswer, Verdict } from "@halo/core";
import * as z from "zod";

export const API_ORIGIN = "https://api.zoom.us";
export const APP_ORIGIN = "https://zoom.us";

/** What the Zoom account pays for, which decides how often it may be asked. */
export type ZoomPlan = "free" | "pro" | "business";

// "API rate limits" in Zoom's developer documentation, read 2026-11-21: an account's, shared by all of its apps.
const PER_SECOND: { readonly [plan in ZoomPlan]: { readonly light: number; readonly medium: number } } = {
  free: { light: 4, medium: 2 },
  pro: { light: 30, medium: 20 },
  business: { light: 80, medium: 60 },
};

/** Of an account that is read; other labels are of calls that Halo does not make. */
const LABELS = ["light", "medium"];

/** Lists and reports. Everything else that is read here is light. */
const MEDIUM = /^\/v2\/(users$|users\/[^/]+\/recordings$|past_meetings\/[^/]+\/participants$)/;

/** A WebVTT file of a day's meeting has 2 MB; a page of 30 recorded meetings far less than one. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A scope is missing, whatever the status ("OAuth errors" in Zoom's references, read 2026-11-21). */
const SCOPE_CODES = new Set([4700, 4711]);

const Failure = z.object({
  code: z.number().nullish().catch(undefined),
  message: z.string().nullish().catch(undefined),
});

/** How Zoom is spoken to. Files lie on hosts that nobody can list: an account's own, a region's. */
export function http(
  origins: { readonly api: string; readonly app: string } | undefined,
  plan: ZoomPlan,
): HttpDefinition {
  const { light, medium } = PER_SECOND[plan];
  return {
    baseUrl: `${origins?.api ?? API_ORIGIN}/v2`,
    origins: origins ? [...new Set([origins.api, origins.app])] : [API_ORIGIN, APP_ORIGIN],
    ...(origins === undefined && { domains: ["zoom.us"] }),
    // An app speaks for itself with its client's name and secret, where people's tokens go as bearers.
    credential: ({ token }) => ({
      name: "authorization",
      value: token.startsWith("Basic ") ? token : `Bearer ${token}`,
    }),
    budgets: [
      { name: "light", limit: light, windowMs: 1_000 },
      { name: "medium", limit: medium, windowMs: 1_000 },
    ],
    budgetsOf: ({ path }) => (isApi(path) ? [MEDIUM.test(path) ? "medium" : "light"] : []),
    budgetFromHeaders,
    classify,
    describe: ({ body, headers, status }) => {
      const requestId = headers.get("x-zm-trackingid");
      const { code, message } = Failure.safeParse(body).data ?? {};
      // guess: neither status nor code is documented; the words are all that tells. Core knows it by this name (F29).
      const reason = status === 400 && /next.?page.?token/i.test(message ?? "") ? "cursor_expired" : code;
      return { ...(requestId && { requestId }), ...(reason && { reason: String(reason) }) };
    },
    maxBytes: MAX_BYTES,
  };
}

const isApi = (path: string) => path.startsWith("/v2/");

function budgetFromHeaders(headers: Headers) {
  const name = headers.get("x-ratelimit-category")?.toLowerCase() ?? "";
  if (!LABELS.includes(name) || headers.get("x-ratelimit-type")?.toLowerCase() !== "qps") return undefined;
  const limit = count(headers.get("x-ratelimit-limit"));
  const remaining = count(headers.get("x-ratelimit-remaining"));
  return { name, windowMs: 1_000, ...(limit && { limit }), ...(remaining !== undefined && { remaining }) };
}

function classify(answer: VendorAnswer): Verdict {
  const { headers, path = "", status } = answer;
  if (status >= 200 && status < 300) return { kind: "ok" };
  if (status === 429) return limited(headers);
  if (status >= 500) return { kind: "retry" };
  // What a file's address refuses says nothing of the connection: it may be dead, or only for its owner.
  if (!isApi(path)) return { kind: "failed" };
  const { code, message } = Failure.safeParse(answer.body).data ?? {};
  if (code !== null && code !== undefined && SCOPE_CODES.has(code)) {
    return { kind: "missing_scope", scopes: scopesIn(message) };
  }
  return status === 401 ? { kind: "unauthorized" } : { kind: "failed" };
}

function limited(headers: Headers): Verdict {
  const name = headers.get("x-ratelimit-category")?.toLowerCase() ?? "";
  const budget = LABELS.includes(name) ? { budget: name } : {};
  const at = Date.parse(headers.get("date") ?? "");
  // A day's limit comes with a date-time where HTTP has seconds; a second's with the unix time of its end.
  const until = Date.parse(headers.get("retry-after") ?? "");
  const reset = count(headers.get("x-ratelimit-reset"));
  const end = Number.isNaN(until) ? (reset === undefined ? Number.NaN : reset * 1_000) : until;
  const wait = end - at;
  return {
    kind: "rate_limited",
    ...budget,
    ...(Number.isNaN(wait) ? {} : { retryAfterMs: Math.max(0, wait) }),
  };
}

/** "… does not contain scopes:[a:b:c, a:b:c:admin]." */
function scopesIn(message: string | null | undefined): string[] {
  const [, list = ""] = /scopes:\s*\[([^\]]{0,500})\]/.exec(message ?? "") ?? [];
  return list
    .split(",")
    .map((scope) => scope.trim())
    .filter((scope) => /^[\w:]{1,80}$/.test(scope));
}

function count(value: string | null): number | undefined {
  return value !== null && /^\d{1,12}$/.test(value.trim()) ? Number(value) : undefined;
}
