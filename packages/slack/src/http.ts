import type { HttpDefinition, VendorAnswer, Verdict } from "@halo/core";
import * as z from "zod";

/**
 * How the app came to its workspaces. `unlisted`: sold, but not in Slack's Marketplace, and made or installed since
 * 2025-05-29. It decides how often history may be read ("Rate limits" in Slack's developer documentation).
 */
export type SlackDistribution = "internal" | "marketplace" | "unlisted";

export const API_ORIGIN = "https://slack.com";

export const path = (method: string) => `/api/${method}`;

/** What one call for history or replies brings at most; Slack advises 200 where it allows up to 999. */
export const PAGE_SIZE: { readonly [distribution in SlackDistribution]: number } = {
  internal: 200,
  marketplace: 200,
  unlisted: 15,
};

const MINUTE_MS = 60_000;

/** Calls a minute, of each method, workspace and app: "Rate limits", read 2026-11-21. Bursts beyond are not relied on. */
const PER_MINUTE: { readonly [method: string]: number } = {
  // guess: "hundreds" a minute.
  "auth.test": 100,
  "auth.revoke": 50,
  "chat.postEphemeral": 100,
  "chat.update": 50,
  "conversations.info": 50,
  "conversations.join": 50,
  "users.info": 100,
};

const HISTORY = ["conversations.history", "conversations.replies"];

// guess: a workspace takes "several hundred" messages a minute; one a second into one channel is the sink's affair.
const POSTS = { name: "chat.postMessage", limit: 4, windowMs: 1_000 };

/** The call was not carried out, or not wholly, and may succeed later ("Rate limits", @slack/web-api 8.2.0). */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  "internal_error",
  "fatal_error",
  "request_timeout",
  "service_unavailable",
]);

/** The token is dead, or good for nothing here. `token_expired` is what a refresh mends. */
const TOKEN_ERRORS = new Set([
  "token_expired",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "not_authed",
  "org_login_required",
  "team_access_not_granted",
]);

const Failure = z.object({
  ok: z.boolean(),
  error: z.string().nullish(),
  needed: z.string().nullish(),
});

/** How Slack is spoken to: a failure has status 200 and `ok: false`, and each method has a limit of its own. */
export function http(baseUrl: string, distribution: SlackDistribution): HttpDefinition {
  const perMinute = distribution === "unlisted" ? 1 : 50;
  const minutely = { ...PER_MINUTE, ...Object.fromEntries(HISTORY.map((method) => [method, perMinute])) };
  return {
    baseUrl,
    budgets: [
      ...Object.entries(minutely).map(([name, limit]) => ({ name, limit, windowMs: MINUTE_MS })),
      POSTS,
    ],
    budgetsOf: (call) => [methodOf(call.path)],
    classify,
    describe: ({ body, headers }) => {
      const requestId = headers.get("x-slack-req-id");
      const error = Failure.safeParse(body).data?.error;
      // What core knows this by: the part is begun anew (F29).
      const reason = error === "invalid_cursor" ? "cursor_expired" : error;
      return { ...(requestId && { requestId }), ...(reason && { reason }) };
    },
  };
}

const methodOf = (pathname: string) => pathname.split("?", 1)[0]?.split("/").at(-1) ?? "";

function classify(answer: VendorAnswer): Verdict {
  const { body, headers, status } = answer;
  const failure = Failure.safeParse(body).data;
  const error = failure?.error ?? "";
  if (status === 429 || error === "ratelimited" || error === "rate_limited") {
    const retryAfterMs = seconds(headers.get("retry-after"));
    // It blocks this method for this workspace, and nothing else.
    const budget = methodOf(answer.path ?? "");
    return {
      kind: "rate_limited",
      ...(budget && { budget }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  if (status >= 500) return { kind: "retry" };
  // A body cut short or a proxy's page is no failure that Slack told: the client refuses what is not JSON.
  if (status >= 200 && status < 300 && (failure === undefined || failure.ok)) return { kind: "ok" };
  if (status === 401 || TOKEN_ERRORS.has(error)) return { kind: "unauthorized" };
  if (error === "missing_scope") return { kind: "missing_scope", scopes: scopesIn(failure?.needed) };
  if (PASSING_ERRORS.has(error)) return { kind: "retry" };
  return { kind: "failed" };
}

const scopesIn = (needed: string | null | undefined) =>
  (needed ?? "").split(",").filter((scope) => /^[\w:.]{1,60}$/.test(scope));

function seconds(value: string | null): number | undefined {
  return value !== null && /^\d{1,6}$/.test(value.trim()) ? Number(value) * 1_000 : undefined;
}
