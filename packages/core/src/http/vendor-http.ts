import type { HttpDefinition } from "../define/http.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { VendorCall, VendorHttp } from "../ports/vendor-http.ts";
import { withSpan } from "../telemetry.ts";
import { outward } from "./answer.ts";
import type { Authorization } from "./authorization.ts";
import { linkSignals } from "./deadline.ts";
import type { Method } from "./fetch-once.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { shownPath } from "./redact.ts";
import { DEFAULT_RETRY, type RetryLimits } from "./retry-limits.ts";
import { type CallState, createSend } from "./send.ts";
import { createUrlPolicy } from "./url-policy.ts";
import { createVendorClock, type VendorClock } from "./vendor-clock.ts";

export type { Access, Authorization } from "./authorization.ts";
export type { RetryLimits } from "./retry-limits.ts";

export interface VendorHttpOptions {
  readonly definition: HttpDefinition;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: the global one, looked up at the call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** For spans. */
  readonly connectionId?: string;
  readonly integration?: string;
  readonly signal?: AbortSignal | undefined;
  /** Of calls that name none. */
  readonly priority?: number;
  readonly unsafeLoopback?: boolean;
  /** Default: one for this client. Clients of one connection in one process have to share theirs. */
  readonly limiter?: Limiter;
  readonly vendorClock?: VendorClock;
  /** Told when calls have to wait 100 ms and more. */
  readonly onWaiting?: (untilMs: number, reason: "budget" | "rate_limited") => void;
  /** The vendor asked for no calls before then: other workers have to know. What it throws is logged. */
  readonly block?: (untilMs: number) => Promise<void> | void;
  /** What another worker was told, epoch ms. */
  readonly blockedUntil?: number | undefined;
  readonly retry?: Partial<RetryLimits>;
  readonly random?: () => number;
}

/** The client of one connection. Every policy of `VendorHttp` is here; everything that differs is in the definition. */
export function createVendorHttp(options: VendorHttpOptions): VendorHttp {
  const { definition, clock, authorization, logger, fetch } = options;
  const urls = createUrlPolicy(definition, { unsafeLoopback: options.unsafeLoopback === true });
  const vendorClock = options.vendorClock ?? createVendorClock();
  const limits = { ...DEFAULT_RETRY, ...options.retry };
  const random = options.random ?? Math.random;
  const limiter =
    options.limiter ??
    createLimiter({
      definition,
      clock,
      random,
      patienceMs: limits.patienceMs,
      ...(options.onWaiting ? { onWaiting: options.onWaiting } : {}),
    });
  if (options.blockedUntil !== undefined) limiter.hold(options.blockedUntil);
  const attributes = {
    "server.address": new URL(definition.baseUrl).hostname,
    ...(options.integration ? { "halo.integration": options.integration } : {}),
    ...(options.connectionId ? { "halo.connection": options.connectionId } : {}),
  };
  const tellOthers = (until: number) => {
    Promise.resolve()
      .then(() => options.block?.(until))
      .catch(() => logger.warn("A vendor's block could not be told to other workers", { until }));
  };

  const send = createSend({
    definition,
    authorization,
    clock,
    vendorClock,
    urls,
    limits,
    random,
    tellOthers,
    fetch,
  });

  const request = async <T>(method: Method, path: string, call: VendorCall<T> = {}): Promise<T> => {
    const url = urls.resolve(path, call.query);
    const where = `${method} ${shownPath(url)}`;
    return withSpan(
      `${options.integration ?? "vendor"} ${method}`,
      { ...attributes, "http.request.method": method, "url.path": shownPath(url) },
      async (span) => {
        const { default: pRetry } = await import("p-retry");
        const linked = linkSignals([call.signal, options.signal]);
        const { signal } = linked;
        const state: CallState = { renewed: false, access: undefined, again: undefined };
        const began = clock.now();
        try {
          return await pRetry(
            (attempt) => {
              span.set("http.request.resend_count", attempt - 1);
              state.again = undefined;
              return limiter.run(
                {
                  budgets: definition.budgetsOf?.({ method, path: url.pathname }),
                  priority: call.priority ?? options.priority,
                  signal,
                },
                (ticket) => send({ method, url, where, call, ticket, signal, state, attempt }),
              );
            },
            {
              retries: limits.attempts - 1,
              // The waiting is ours, by the clock we were given.
              minTimeout: 0,
              signal,
              shouldRetry: async () => {
                if (state.again === undefined) return false;
                if (clock.now() + state.again - began > limits.totalMs) return false;
                if (state.again > 0) await clock.sleep(state.again, signal);
                return true;
              },
            },
          );
        } catch (error) {
          throw outward(error, signal);
        } finally {
          linked.end();
        }
      },
    );
  };

  return {
    get: (path, call) => request("GET", path, call),
    post: (path, call) => request("POST", path, call),
    put: (path, call) => request("PUT", path, call),
    patch: (path, call) => request("PATCH", path, call),
    delete: (path, call) => request("DELETE", path, call),
    vendorNow: () => vendorClock.now(clock.now()),
  };
}
