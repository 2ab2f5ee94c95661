import { jsonReply, type Reply } from "../reply.ts";
import { rollingWindow } from "../rolling-window.ts";
import { correlationId } from "./errors.ts";
import type { Grant } from "./tokens.ts";

/** The account's budgets. Values of real tiers: vendors/hubspot.md §3. */
export interface LimitSettings {
  /** Requests of one app to one account; a publicly distributed OAuth app has 110 in 10 s. */
  readonly burst?: { readonly max: number; readonly windowMs: number };
  /** Of one account, shared by every app, outside the burst. */
  readonly search?: { readonly perSecond: number };
  /** Association calls; they count in the burst as well. */
  readonly associations?: { readonly max: number; readonly windowMs: number };
  /** Of one account, only for keys. */
  readonly daily?: number;
}

export interface LimitValues {
  readonly burst: { readonly max: number; readonly windowMs: number };
  readonly search: { readonly perSecond: number };
  readonly associations: { readonly max: number; readonly windowMs: number };
  readonly daily: number;
}

export const DEFAULT_LIMITS: LimitValues = {
  burst: { max: 110, windowMs: 10_000 },
  search: { perSecond: 5 },
  associations: { max: 150, windowMs: 10_000 },
  daily: 250_000,
};

export interface Limits {
  /** Undefined: every request passes. */
  readonly values: LimitValues | undefined;
  /** The refusal, or the headers that the answer carries. */
  admit(grant: Grant, kind: string, now: number): { refusal: Reply } | { headers: Record<string, string> };
}

const DAY = 86_400_000;

export function createLimits(settings: LimitSettings | "none"): Limits {
  if (settings === "none") return { values: undefined, admit: () => ({ headers: {} }) };
  const values: LimitValues = { ...DEFAULT_LIMITS, ...settings };
  const burst = rollingWindow(values.burst.max, values.burst.windowMs);
  const search = rollingWindow(values.search.perSecond, 1_000);
  const associations = rollingWindow(values.associations.max, values.associations.windowMs);
  const days = new Map<string, { day: number; count: number }>();

  const headersOf = (grant: Grant, key: string, now: number, used: number): Record<string, string> => ({
    "X-HubSpot-RateLimit-Max": String(values.burst.max),
    "X-HubSpot-RateLimit-Remaining": String(burst.remaining(key, now)),
    "X-HubSpot-RateLimit-Interval-Milliseconds": String(values.burst.windowMs),
    ...(grant.kind === "key" && {
      "X-HubSpot-RateLimit-Daily": String(values.daily),
      "X-HubSpot-RateLimit-Daily-Remaining": String(Math.max(0, values.daily - used)),
    }),
  });

  const admitKey = (grant: Grant, now: number): number | Reply => {
    if (grant.kind === "oauth") return 0;
    const day = Math.floor(now / DAY);
    const today = days.get(String(grant.portalId));
    const count = today?.day === day ? today.count : 0;
    if (count >= values.daily) return tooMany("DAILY", "You have reached your daily limit.");
    days.set(String(grant.portalId), { day, count: count + 1 });
    return count + 1;
  };

  return {
    values,
    admit(grant, kind, now) {
      const account = String(grant.portalId);
      if (kind === "search") {
        return search.take(account, now)
          ? { headers: {} }
          : { refusal: tooMany("SECONDLY", "You have reached your secondly limit.") };
      }
      const key = `${grant.kind}:${account}`;
      const overBurst = {
        refusal: tooMany("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."),
      };
      // guess: association calls count in both budgets; documented is only that they have one of their own.
      if (kind === "associations" && !associations.take(key, now)) return overBurst;
      if (!burst.take(key, now)) return overBurst;
      const used = admitKey(grant, now);
      if (typeof used !== "number") return { refusal: used };
      return { headers: headersOf(grant, key, now, used) };
    },
  };
}

function tooMany(policyName: string, message: string): Reply {
  return jsonReply(429, {
    status: "error",
    message,
    errorType: "RATE_LIMIT",
    correlationId: correlationId(),
    policyName,
    requestId: correlationId(),
  });
}
