import type { Reply } from "../reply.ts";
import { type RollingWindow, rollingWindow } from "../rolling-window.ts";
import { errorReply } from "./errors.ts";

export type ZoomRateLabel = "light" | "medium" | "heavy" | "resource-intensive";
export type ZoomPlan = "free" | "pro" | "business";

/** Requests of one label in an account, by all of its apps together (vendors/zoom.md, Rate limits). */
export interface LabelLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Undefined: not limited by the day. */
  readonly perDay?: number;
}

export type ZoomLimitValues = Readonly<Record<ZoomRateLabel, LabelLimit>> & {
  /** Heavy and resource-intensive ones of a day together. */
  readonly heavyPerDay?: number;
};

const perSecond = (max: number, perDay?: number): LabelLimit => ({
  max,
  windowMs: 1_000,
  ...(perDay !== undefined && { perDay }),
});
const perMinute = (max: number, perDay?: number): LabelLimit => ({
  ...perSecond(max, perDay),
  windowMs: 60_000,
});

export const ZOOM_LIMITS: Readonly<Record<ZoomPlan, ZoomLimitValues>> = {
  free: {
    light: perSecond(4, 6_000),
    medium: perSecond(2, 2_000),
    heavy: perSecond(1, 1_000),
    "resource-intensive": perMinute(10, 30_000),
  },
  pro: {
    light: perSecond(30),
    medium: perSecond(20),
    heavy: perSecond(10),
    "resource-intensive": perMinute(10),
    heavyPerDay: 30_000,
  },
  business: {
    light: perSecond(80),
    medium: perSecond(60),
    heavy: perSecond(40),
    "resource-intensive": perMinute(20),
    heavyPerDay: 60_000,
  },
};

export interface Admission {
  /** The refusal, or undefined. */
  readonly refused: Reply | undefined;
  /** What the vendor tells of the limit on every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ZoomLimits {
  /** Undefined: every request passes. */
  readonly values: ZoomLimitValues | undefined;
  admit(accountId: string, label: ZoomRateLabel, now: number): Admission;
}

const DAY = 86_400_000;
const NAMES: Readonly<Record<ZoomRateLabel, string>> = {
  light: "Light",
  medium: "Medium",
  heavy: "Heavy",
  "resource-intensive": "Resource-intensive",
};

export function createLimits(settings: Partial<ZoomLimitValues> | "none", plan: ZoomPlan): ZoomLimits {
  if (settings === "none") return { values: undefined, admit: () => ({ refused: undefined, headers: {} }) };
  const values: ZoomLimitValues = { ...ZOOM_LIMITS[plan], ...settings };
  const short = new Map<ZoomRateLabel, RollingWindow>();
  const days = new Map<string, number>();
  const windowOf = (label: ZoomRateLabel) => {
    const window = short.get(label) ?? rollingWindow(values[label].max, values[label].windowMs);
    short.set(label, window);
    return window;
  };
  /** guess: a day begins at midnight UTC. */
  const dayOf = (now: number) => Math.floor(now / DAY);
  /** The day's counter a label falls under, with its limit. */
  const daily = (label: ZoomRateLabel): { key: string; max: number } | undefined => {
    const own = values[label].perDay;
    if (own !== undefined) return { key: label, max: own };
    const shared = label === "heavy" || label === "resource-intensive" ? values.heavyPerDay : undefined;
    return shared === undefined ? undefined : { key: "heavy", max: shared };
  };
  return {
    values,
    admit(accountId, label, now) {
      const window = windowOf(label);
      const category = { "x-ratelimit-category": NAMES[label] };
      const day = daily(label);
      const dayKey = `${accountId}:${day?.key}:${dayOf(now)}`;
      const used = days.get(dayKey) ?? 0;
      if (day && used >= day.max) {
        const until = (dayOf(now) + 1) * DAY;
        const message = `You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.`;
        return {
          refused: errorReply(429, 429, message),
          headers: {
            ...category,
            "x-ratelimit-type": "Daily-limit",
            "x-ratelimit-limit": String(day.max),
            "x-ratelimit-remaining": "0",
            // An ISO date-time where HTTP has seconds or an HTTP date.
            "retry-after": new Date(until).toISOString().replace(/\.\d+Z$/, "Z"),
          },
        };
      }
      const limit = { ...category, "x-ratelimit-type": "QPS", "x-ratelimit-limit": String(window.max) };
      if (!window.take(accountId, now)) {
        const reset = Math.ceil(window.freeAt(accountId, now) / 1_000);
        const message = "You have reached the maximum per-second rate limit for this API. Try again later.";
        return {
          refused: errorReply(429, 429, message),
          headers: { ...limit, "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) },
        };
      }
      if (day) days.set(dayKey, used + 1);
      const remaining = String(window.remaining(accountId, now));
      return { refused: undefined, headers: { ...limit, "x-ratelimit-remaining": remaining } };
    },
  };
}
