import type { Reply } from "../reply.ts";
import { type RollingWindow, rollingWindow } from "../rolling-window.ts";
import { errorReply } from "./api/errors.ts";

/** Requests a second of one account (D:rate-limits). guess: a window that rolls; documented is only the rate. */
export interface StripeLimitValues {
  readonly livePerSecond: number;
  readonly testPerSecond: number;
  /** Of one endpoint. */
  readonly endpointPerSecond: number;
  /** Of all search endpoints together. */
  readonly searchPerSecond: number;
  /** Requests of one account that run at once. */
  readonly concurrent: number;
}

export type StripeLimitSettings = Partial<StripeLimitValues>;

export const STRIPE_LIMITS: StripeLimitValues = {
  livePerSecond: 100,
  testPerSecond: 25,
  endpointPerSecond: 25,
  searchPerSecond: 20,
  // guess: that there is such a limit is documented, how high it is not.
  concurrent: 50,
};

export interface Asked {
  readonly account: string;
  readonly livemode: boolean;
  /** Method and path with names for ids. */
  readonly endpoint: string;
  readonly search: boolean;
  readonly now: number;
  /** How many of this account run already. */
  readonly running: number;
}

export interface StripeLimits {
  /** Undefined: every request passes. */
  readonly values: StripeLimitValues | undefined;
  /** The refusal, or undefined. */
  admit(asked: Asked): Reply | undefined;
}

export function createLimits(settings: StripeLimitSettings | "none"): StripeLimits {
  if (settings === "none") return { values: undefined, admit: () => undefined };
  const values: StripeLimitValues = { ...STRIPE_LIMITS, ...settings };
  const second = (max: number): RollingWindow => rollingWindow(max, 1_000);
  const live = second(values.livePerSecond);
  const test = second(values.testPerSecond);
  const endpoints = second(values.endpointPerSecond);
  const searches = second(values.searchPerSecond);
  return {
    values,
    admit({ account, endpoint, livemode, now, running, search }) {
      if (running >= values.concurrent) return tooMany("global-concurrency");
      const home = `${account}:${livemode}`;
      const global = livemode ? live : test;
      const own = search ? searches : endpoints;
      const place = search ? home : `${home}:${endpoint}`;
      if (global.remaining(home, now) === 0) return tooMany("global-rate");
      if (!own.take(place, now)) return tooMany("endpoint-rate");
      global.take(home, now);
      return undefined;
    },
  };
}

export const tooMany = (reason: string): Reply =>
  errorReply(
    429,
    {
      code: "rate_limit",
      message:
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
    },
    { "stripe-rate-limited-reason": reason },
  );

/** Another request has the object: no reason is named, and the vendor asks to try again. */
export const lockTimeout = (): Reply =>
  errorReply(
    429,
    {
      code: "lock_timeout",
      message:
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.",
    },
    { "stripe-should-retry": "true" },
  );
