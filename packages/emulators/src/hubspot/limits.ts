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
  const days = new Map<number, { day: number; count: number }>();

  const headersOf = (grant: Grant, key: string, now: number): Record<string, string> => ({
    "X-HubSpot-RateLimit-Max": String(values.burst.max),
    "X-HubSpot-RateLimit-Remaining": String(burst.remaining(key, now)),
    "X-HubSpot-RateLimit-Interval-Milliseconds": String(values.burst.windowMs),
    ...(grant.kind === "key" && {
      "X-HubSpot-RateLimit-Daily": String(values.daily),
      "X-HubSpot-RateLimit-Daily-Remaining": String(values.daily - usedToday(grant, now)),
    }),
  });

  // guess: the day is that of UTC; the vendor's ends at midnight of the account's time zone.
  const usedToday = (grant: Grant, now: number): number => {
    const today = days.get(grant.portalId);
    return today?.day === Math.floor(now / DAY) ? today.count : 0;
  };

  /** False when the day of a key is used up. */
  const takeOfDay = (grant: Grant, now: number): boolean => {
    if (grant.kind === "oauth") return true;
    const count = usedToday(grant, now) + 1;
    if (count > values.daily) return false;
    days.set(grant.portalId, { day: Math.floor(now / DAY), count });
    return true;
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
      const overBurst = () => {
        const refusal = tooMany("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.");
        return { refusal: { ...refusal, headers: { ...refusal.headers, ...headersOf(grant, key, now) } } };
      };
      // guess: association calls count in both budgets; documented is only that they have one of their own.
      if (kind === "associations" && !associations.take(key, now)) return overBurst();
      if (!burst.take(key, now)) return overBurst();
      if (!takeOfDay(grant, now)) return { refusal: tooMany("DAILY", "You have reached your daily limit.") };
      return { headers: headersOf(grant, key, now) };
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
