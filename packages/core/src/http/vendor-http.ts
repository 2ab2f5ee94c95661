import type { HttpDefinition, VendorAnswer, Verdict } from "../define/http.ts";
import {
  type AuthenticationError,
  AuthorizationError,
  CancelledError,
  type HaloError,
  isHaloError,
  RateLimitError,
  VendorError,
} from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { VendorCall, VendorHttp } from "../ports/vendor-http.ts";
import { withSpan } from "../telemetry.ts";
import { linkSignals, startDeadline } from "./deadline.ts";
import { createLimiter, type Limiter, type Ticket } from "./limiter.ts";
import { parseJson } from "./parse-json.ts";
import { BodyRefused, readBody } from "./read-body.ts";
import { shownPath } from "./redact.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { Secret } from "./secret.ts";
import { transportFailure } from "./transport-failure.ts";
import { createUrlPolicy } from "./url-policy.ts";
import { createVendorClock, type VendorClock } from "./vendor-clock.ts";

/** The credential of a call; `version` tells a refused one from its successor. */
export interface Access {
  readonly token: Secret;
  readonly version: number;
}

/** Where the client gets credentials from (connect/tokens.ts). Throws `reconnect_required` and `credentials_unreadable`. */
export interface Authorization {
  access(signal: AbortSignal | undefined): Promise<Access>;
  /** The vendor refused `access`: a newer one, or undefined if there can be none. */
  renew(access: Access, signal: AbortSignal | undefined): Promise<Access | undefined>;
  /** The vendor refused the newest one too. Returns what to throw. */
  refused(access: Access): Promise<AuthenticationError>;
}

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

export interface RetryLimits {
  /** Default 6. */
  readonly attempts: number;
  /** No attempt begins later than this after the first. Default 60,000. */
  readonly totalMs: number;
  /** First wait after a failure; doubles, with full jitter. Default 500. */
  readonly baseMs: number;
  /** Default 10,000. */
  readonly capMs: number;
  /** A longer wait that a vendor asks for is thrown as `rate_limited`. Default 20,000. */
  readonly patienceMs: number;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_MAX_BYTES = 20 * 1024 * 1024;
const DEFAULT_RETRY: RetryLimits = {
  attempts: 6,
  totalMs: 60_000,
  baseMs: 500,
  capMs: 10_000,
  patienceMs: 20_000,
};

/** The client of one connection. Every policy of `VendorHttp` is here; everything that differs is in the definition. */
export function createVendorHttp(options: VendorHttpOptions): VendorHttp {
  const { definition, clock, authorization, logger } = options;
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

  const send = async <T>(sending: Sending<T>): Promise<T> => {
    const { call, ticket, signal, state, where } = sending;
    const repeatable = call.repeatable === true || sending.method === "GET";
    const again = (waitMs: number) => {
      state.again = waitMs;
    };
    const backoff = () =>
      Math.ceil(random() * Math.min(limits.capMs, limits.baseMs * 2 ** (sending.attempt - 1)));

    const access = state.access ?? (await authorization.access(signal));
    state.access = undefined;

    let answer: VendorAnswer;
    let parsed: ReturnType<typeof parseJson>;
    const deadline = startDeadline(signal, clock, definition.deadlineMs ?? DEFAULT_DEADLINE_MS);
    try {
      const sentAt = clock.now();
      const response = await deadline.race(fetchOnce(sending, access, deadline.signal));
      vendorClock.observe(response.headers.get("date"), sentAt, clock.now());
      const told = definition.budgetFromHeaders?.(response.headers);
      if (told) ticket.observe(told);
      const text = await deadline.race(readBody(response, definition.maxBytes ?? DEFAULT_MAX_BYTES));
      parsed = parseJson(text);
      answer = {
        path: sending.url.pathname,
        status: response.status,
        headers: response.headers,
        body: parsed.ok ? parsed.value : undefined,
      };
    } catch (error) {
      if (isHaloError(error) || signal.aborted) throw error;
      if (error instanceof BodyRefused) {
        throw invalid(where, `its body was refused: ${error.refusal}`, { reason: error.refusal });
      }
      if (deadline.expired) {
        if (repeatable) again(backoff());
        throw new VendorError(`${where} had no whole answer within the deadline.`, {
          code: "vendor_timeout",
          retryable: repeatable,
        });
      }
      const failure = transportFailure(error);
      if (repeatable || failure.neverSent) again(backoff());
      throw new VendorError(`${where} had no answer: the connection failed (${failure.reason}).`, {
        retryable: repeatable || failure.neverSent,
        withoutEffect: failure.neverSent,
        reason: failure.reason,
      });
    } finally {
      deadline.end();
    }

    const verdict = classified(definition, answer);
    const { requestId, reason } = described(definition, answer);
    const failed = (retryable: boolean, message: string, withoutEffect = false) =>
      new VendorError(message, { status: answer.status, requestId, reason, retryable, withoutEffect });
    if (verdict.kind !== "rate_limited") ticket.accepted();

    switch (verdict.kind) {
      case "ok": {
        if (!parsed.ok) {
          // A proxy's page, or one cut short: nothing of it is used (F26).
          if (repeatable) again(backoff());
          throw invalid(where, "its body is not whole JSON", {
            status: answer.status,
            requestId,
            retryable: repeatable,
          });
        }
        call.onHeaders?.(answer.headers);
        return checked(where, call, answer);
      }
      case "rate_limited": {
        // It was refused, not processed: sending it again is no second time, whatever the method.
        const asked = verdict.retryAfterMs ?? retryAfterMs(answer.headers, clock.now());
        const until = ticket.limited({ retryAfterMs: asked, budget: verdict.budget });
        if (verdict.budget === undefined) tellOthers(until);
        // The limiter does the waiting, for all calls of the budget.
        if (until - clock.now() <= limits.patienceMs) again(0);
        throw new RateLimitError(`${where}: the vendor asks for fewer calls. Call again after \`retryAt\`.`, {
          retryAt: until,
        });
      }
      case "retry": {
        const asked = verdict.retryAfterMs ?? retryAfterMs(answer.headers, clock.now());
        if (repeatable && asked !== undefined && asked > limits.patienceMs) {
          throw new RateLimitError(`${where}: the vendor is away. Call again after \`retryAt\`.`, {
            retryAt: clock.now() + asked,
          });
        }
        if (repeatable) again(asked ?? backoff());
        throw failed(repeatable, `${where} was answered ${answer.status}${reason ? ` (${reason})` : ""}.`);
      }
      case "unauthorized": {
        if (!state.renewed) {
          state.renewed = true;
          const renewed = await authorization.renew(access, signal);
          if (renewed) {
            state.access = renewed;
            again(0);
            throw failed(false, `${where} was answered ${answer.status}.`);
          }
        }
        throw await authorization.refused(access);
      }
      case "missing_scope":
        throw new AuthorizationError(
          `${where} needs a scope that was not granted${verdict.scopes.length > 0 ? `: ${verdict.scopes.join(", ")}` : ""}. Grant it at the vendor and reconnect.`,
          { gate: `scope:${verdict.scopes.join(",")}` },
        );
      case "failed":
        if (call.absentOn?.includes(answer.status)) return undefined as T;
        throw failed(
          false,
          `${where} was answered ${answer.status}${reason ? ` (${reason})` : ""}.`,
          answer.status < 500,
        );
    }
  };

  const fetchOnce = async <T>(
    { method, url, call }: Sending<T>,
    access: Access,
    signal: AbortSignal,
  ): Promise<Response> => {
    const { default: ky } = await import("ky");
    const response = await ky(url, {
      method,
      headers: { accept: "application/json", authorization: `Bearer ${access.token.reveal()}` },
      ...(call.json === undefined ? {} : { json: call.json }),
      // One layer retries, and it is not this one (decision 2026-11-21-one-vendor-client).
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // A redirect would carry the token along.
      redirect: "manual",
      signal,
      ...(options.fetch ? { fetch: options.fetch } : {}),
    });
    const redirected =
      response.type === "opaqueredirect" ||
      response.redirected ||
      (response.status >= 300 && response.status < 400 && response.headers.has("location"));
    if (redirected) {
      response.body?.cancel().catch(() => {});
      throw new VendorError(
        `${method} ${shownPath(url)} was answered by a redirect, which is never followed.`,
        {
          code: "vendor_url_refused",
          status: response.status,
          reason: "redirect",
        },
      );
    }
    return response;
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

interface CallState {
  renewed: boolean;
  /** A renewed credential for the replay. */
  access: Access | undefined;
  /** Wait before the next attempt; undefined: the failure is final. */
  again: number | undefined;
}

interface Sending<T> {
  readonly method: Method;
  readonly url: URL;
  readonly where: string;
  readonly call: VendorCall<T>;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
  readonly state: CallState;
  readonly attempt: number;
}

/** A definition that throws is read as its vendor's failure: the answer fitted nothing it knows. */
function classified(definition: HttpDefinition, answer: VendorAnswer): Verdict {
  try {
    return definition.classify(answer);
  } catch {
    return answer.status >= 500 ? { kind: "retry" } : { kind: "failed" };
  }
}

function described(
  definition: HttpDefinition,
  answer: VendorAnswer,
): { requestId: string | undefined; reason: string | undefined } {
  let told: ReturnType<NonNullable<HttpDefinition["describe"]>> = {};
  try {
    told = definition.describe?.(answer) ?? {};
  } catch {
    // Only words for people are lost.
  }
  return { requestId: word(told.requestId), reason: word(told.reason) };
}

/** A vendor's code or id; anything that could be a sentence, an address or a token's text is left out. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : undefined;
}

function checked<T>(where: string, call: VendorCall<T>, answer: VendorAnswer): T {
  if (call.schema === undefined) return answer.body as T;
  const result = call.schema.safeParse(answer.body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path
    .map((part) => (/^[\w$-]{1,40}$/.test(String(part)) ? String(part) : "…"))
    .join(".");
  throw invalid(where, `\`${path || "the answer"}\` does not fit (${issue?.code ?? "unknown"})`, {
    status: answer.status,
  });
}

function invalid(
  where: string,
  what: string,
  details: { status?: number; requestId?: string | undefined; reason?: string; retryable?: boolean },
): VendorError {
  return new VendorError(`${where} was answered with something unusable: ${what}.`, {
    code: "vendor_response_invalid",
    ...details,
  });
}

/** Only errors of Halo leave; anything else is a stop that somebody asked for, or a fault of the vendor's side. */
function outward(error: unknown, signal: AbortSignal): HaloError {
  if (signal.aborted) {
    const reason = signal.reason;
    return isHaloError(reason, "cancelled") ? reason : new CancelledError("signal");
  }
  if (isHaloError(error)) return error;
  return new VendorError("A call to the vendor failed inside the client.", {
    reason: error instanceof Error ? error.name : "unknown",
  });
}
