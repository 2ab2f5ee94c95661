import type { HttpDefinition, VendorAnswer } from "../define/http.ts";
import { AuthorizationError, isHaloError, RateLimitError, VendorError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { VendorCall } from "../ports/vendor-http.ts";
import { checked, classified, described, invalid } from "./answer.ts";
import type { Access, Authorization } from "./authorization.ts";
import { startDeadline } from "./deadline.ts";
import { createFetchOnce, type Method } from "./fetch-once.ts";
import type { Ticket } from "./limiter.ts";
import { type Parsed, parseJson } from "./parse-json.ts";
import { BodyRefused, readBody } from "./read-body.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { RetryLimits } from "./retry-limits.ts";
import { secret } from "./secret.ts";
import { transportFailure } from "./transport-failure.ts";
import type { UrlPolicy } from "./url-policy.ts";
import type { VendorClock } from "./vendor-clock.ts";

/** What the attempts of one call share. */
export interface CallState {
  renewed: boolean;
  /** A renewed credential for the replay. */
  access: Access | undefined;
  /** Wait before the next attempt; undefined: the failure is final. */
  again: number | undefined;
}

export interface Sending<T> {
  readonly method: Method;
  readonly url: URL;
  readonly where: string;
  readonly call: VendorCall<T>;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
  readonly state: CallState;
  readonly attempt: number;
}

export interface SenderOptions {
  readonly definition: HttpDefinition;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly vendorClock: VendorClock;
  readonly urls: UrlPolicy;
  readonly limits: RetryLimits;
  readonly random: () => number;
  readonly tellOthers: (untilMs: number) => void;
  readonly fetch: typeof globalThis.fetch | undefined;
}

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_MAX_BYTES = 20 * 1024 * 1024;

/** One attempt of a call: what came of it, and in `state.again` whether and when another one may follow. */
export function createSend(options: SenderOptions): <T>(sending: Sending<T>) => Promise<T> {
  const { definition, authorization, clock, vendorClock, urls, limits, random, tellOthers } = options;
  const fetchOnce = createFetchOnce({ definition, urls, fetch: options.fetch });

  return async <T>(sending: Sending<T>): Promise<T> => {
    const { call, ticket, signal, state, where } = sending;
    const repeatable = call.repeatable === true || sending.method === "GET";
    const again = (waitMs: number) => {
      state.again = waitMs;
    };
    const backoff = () =>
      Math.ceil(random() * Math.min(limits.capMs, limits.baseMs * 2 ** (sending.attempt - 1)));

    const access =
      call.token === undefined
        ? (state.access ?? (await authorization.access(signal)))
        : { token: secret(call.token), version: 0, kind: "oauth" as const };
    state.access = undefined;

    let credentialed = true;
    let answer: VendorAnswer;
    let parsed: ReturnType<typeof parseJson>;
    const deadline = startDeadline(signal, clock, definition.deadlineMs ?? DEFAULT_DEADLINE_MS);
    try {
      const sentAt = clock.now();
      const answered = await deadline.race(fetchOnce({ ...sending, access, signal: deadline.signal }));
      const { response } = answered;
      credentialed = answered.credentialed;
      vendorClock.observe(response.headers.get("date"), sentAt, clock.now());
      const budget = definition.budgetFromHeaders?.(response.headers);
      if (budget) ticket.observe(budget);
      const text = await deadline.race(readBody(response, definition.maxBytes ?? DEFAULT_MAX_BYTES));
      parsed = readAs(text, call.answer, response.ok);
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

    const told = classified(definition, answer);
    const ofCredential = told.kind === "unauthorized" || told.kind === "missing_scope";
    const verdict = ofCredential && !credentialed ? ({ kind: "failed" } as const) : told;
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
}

/** A text is taken as it is where one was asked for; a refusal of it is JSON all the same. */
function readAs(text: string, answer: "json" | "text" | undefined, ok: boolean): Parsed {
  if (answer !== "text") return parseJson(text);
  if (ok) return { ok: true, value: text };
  const refusal = parseJson(text);
  return refusal.ok ? refusal : { ok: true, value: undefined };
}
