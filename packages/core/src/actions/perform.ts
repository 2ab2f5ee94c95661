import type { ActionRunContext, AnyAction, EffectFound } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import { type HaloError, isHaloError, VendorError } from "../errors.ts";
import { linkSignals, startDeadline } from "../http/deadline.ts";
import type { Clock } from "../ports/clock.ts";
import { canonicalArguments } from "./canonical.ts";
import { watchWrites } from "./watch-writes.ts";

/** How a call ended. `refused`: the gates closed before anything was tried. */
export type CallEnd =
  | { readonly state: "succeeded"; readonly output: Json }
  | { readonly state: "refused" | "failed" | "outcome_unknown"; readonly error: HaloError };

export interface Performance {
  readonly action: AnyAction;
  readonly context: Omit<ActionRunContext<unknown, unknown>, "attemptedAt" | "signal">;
  readonly clock: Clock;
  /** Aborted when whoever performs has lost the right to: then nothing is said about the call at all. */
  readonly signal: AbortSignal;
  /** Aborted, with the refusal, when somebody stops all actions: what waits is not sent, and no attempt follows (A13). */
  readonly interrupt?: AbortSignal;
  /** An attempt was begun earlier, and nobody knows what came of it. */
  readonly begunBefore: boolean;
  /**
   * Before each further attempt: asks the gates and records it, or says why it must not happen. The first attempt of a
   * fresh call was recorded with the call.
   */
  readonly before: (attempt: number) => Promise<HaloError | undefined>;
  readonly limits?: Partial<PerformLimits>;
}

export interface PerformLimits {
  readonly attempts: number;
  /** Of one attempt, in ms. */
  readonly attemptMs: number;
  /** No attempt begins later than this after the first, in ms. */
  readonly totalMs: number;
  readonly firstWaitMs: number;
}

const defaults: PerformLimits = { attempts: 4, attemptMs: 45_000, totalMs: 60_000, firstWaitMs: 500 };

/**
 * Performs an action so that its effect happens at most once: what is known to have failed ends, what may have happened
 * is taken up as the action's `again` says, and where that cannot tell, `outcome_unknown` (F11–F14, F94). Throws only
 * the signal's reason, and what `before` throws.
 */
export async function perform(performance: Performance): Promise<CallEnd> {
  const { action, clock, context, signal } = performance;
  const limits = { ...defaults, ...performance.limits };
  const until = clock.now() + limits.totalMs;
  let unsure = performance.begunBefore;
  let attemptedAt = unsure ? new Date(clock.now()) : undefined;
  let last: HaloError | undefined;
  for (let attempt = 1; ; attempt++) {
    if (unsure) {
      const resolved = await takeUp(performance, attemptedAt, limits);
      signal.throwIfAborted();
      if (resolved !== "again") return resolved;
      // The look-up was certain: whatever was tried before has left nothing.
      if (action.again?.kind === "find") unsure = false;
    }
    const over = attempt > limits.attempts || clock.now() > until;
    if (last && over) {
      return unsure
        ? await lastLook(performance, attemptedAt, limits, last)
        : { state: "failed", error: last };
    }
    const refusal = await performance.before(attempt);
    if (refusal) return unsure ? unknown(context.effectKey, refusal) : { state: "refused", error: refusal };
    const tried = await attemptOnce(performance, attemptedAt, limits.attemptMs);
    attemptedAt = new Date(clock.now());
    signal.throwIfAborted();
    if ("output" in tried) return { state: "succeeded", output: tried.output };
    last = tried.error;
    if (performance.interrupt?.aborted) {
      return unsure || tried.maybeActed
        ? unknown(context.effectKey, last)
        : { state: "refused", error: last };
    }
    const wait = waitOf(tried, clock, limits.firstWaitMs * 2 ** (attempt - 1));
    const again = wait !== undefined && attempt < limits.attempts && clock.now() + wait <= until;
    if (!tried.maybeActed && !again) {
      return unsure
        ? await lastLook(performance, attemptedAt, limits, last)
        : { state: "failed", error: last };
    }
    unsure ||= tried.maybeActed;
    if (unsure && action.again === undefined) return unknown(context.effectKey, last);
    if (again) await clock.sleep(wait, signal);
    // No further attempt, but a last look may still tell.
    else attempt = limits.attempts;
  }
}

type Tried = { readonly output: Json } | { readonly error: HaloError; readonly maybeActed: boolean };

async function attemptOnce(
  { action, clock, context, interrupt, signal }: Performance,
  attemptedAt: Date | undefined,
  attemptMs: number,
): Promise<Tried> {
  const linked = linkSignals([signal, interrupt]);
  const deadline = startDeadline(linked.signal, clock, attemptMs);
  const watched = watchWrites(context.http, action, deadline.signal);
  try {
    const running = (async () =>
      await action.run({ ...context, attemptedAt, http: watched.http, signal: deadline.signal }))();
    return { output: plainOutput(await deadline.race(running)) };
  } catch (error) {
    const stopped =
      interrupt?.aborted === true && isHaloError(interrupt.reason) ? interrupt.reason : undefined;
    const told = deadline.expired
      ? new VendorError("The action had no end within its deadline.", { code: "vendor_timeout" })
      : (stopped ?? asHaloError(error));
    return { error: told, maybeActed: watched.maybeActed() || isHaloError(told, "outcome_unknown") };
  } finally {
    deadline.end();
    linked.end();
  }
}

/** What becomes of a call that may have happened: its end, or `again` where one more attempt does no harm. */
async function takeUp(
  performance: Performance,
  attemptedAt: Date | undefined,
  limits: PerformLimits,
): Promise<CallEnd | "again"> {
  const { action, clock, context } = performance;
  switch (action.again?.kind) {
    case "harmless":
      return "again";
    case "idempotent":
      // Past its life the vendor has forgotten the key, and would act a second time (F14).
      if (clock.now() - context.at.getTime() < action.again.keyLifeMs) return "again";
      return await lastLook(performance, attemptedAt, limits);
    case "find": {
      const found = await look(performance, attemptedAt, action.again.find, limits);
      if (found.state === "absent") return "again";
      if (found.state === "present") return { state: "succeeded", output: plainOutput(found.output) };
      return unknown(context.effectKey);
    }
    default:
      return unknown(context.effectKey);
  }
}

/** Nobody tries again: what the effect's own trace says, where the action can look for one. */
async function lastLook(
  performance: Performance,
  attemptedAt: Date | undefined,
  limits: PerformLimits,
  last?: HaloError,
): Promise<CallEnd> {
  const { action, context } = performance;
  if (action.again?.kind !== "idempotent" || !action.again.find) return unknown(context.effectKey, last);
  const found = await look(performance, attemptedAt, action.again.find, limits);
  performance.signal.throwIfAborted();
  if (found.state === "present") return { state: "succeeded", output: plainOutput(found.output) };
  if (found.state === "unknown") return unknown(context.effectKey, last);
  return {
    state: "failed",
    error:
      last ??
      new VendorError("It was looked for at the vendor, and did not happen: propose it anew.", {
        reason: "absent",
      }),
  };
}

/** Looks for the effect; a look that fails is tried again, for nothing depends on how often one looks. */
async function look(
  { clock, context, signal }: Performance,
  attemptedAt: Date | undefined,
  find: (context: ActionRunContext<unknown, unknown>) => Promise<EffectFound<Json>>,
  limits: PerformLimits,
): Promise<EffectFound<Json>> {
  for (let attempt = 1; ; attempt++) {
    const deadline = startDeadline(signal, clock, limits.attemptMs);
    try {
      const looking = (async () => await find({ ...context, attemptedAt, signal: deadline.signal }))();
      return await deadline.race(looking);
    } catch (error) {
      signal.throwIfAborted();
      const hopeless = isHaloError(error) && !error.retryable && error.code !== "vendor_timeout";
      if (hopeless || attempt === limits.attempts) return { state: "unknown" };
      context.logger.warn("Looking for an action's effect failed", { attempt });
    } finally {
      deadline.end();
    }
    await clock.sleep(limits.firstWaitMs * 2 ** (attempt - 1), signal);
  }
}

/** How long to wait before another attempt; undefined: none can help. */
function waitOf(
  { error, maybeActed }: { readonly error: HaloError; readonly maybeActed: boolean },
  clock: Clock,
  backoffMs: number,
): number | undefined {
  if (isHaloError(error, "rate_limited")) {
    const { retryAt } = error as { readonly retryAt?: unknown };
    return Math.max(backoffMs, typeof retryAt === "number" ? retryAt - clock.now() : 0);
  }
  // What never reached the vendor was tried again by its client, as often as it helps.
  return maybeActed ? backoffMs : undefined;
}

function unknown(effectKey: string, cause?: HaloError): CallEnd {
  return {
    state: "outcome_unknown",
    error: new VendorError(
      `Nobody can tell whether this happened, and it is not tried again: look for ${effectKey} at the vendor.`,
      {
        code: "outcome_unknown",
        reason: cause?.code,
        requestId: (cause as Partial<VendorError> | undefined)?.requestId,
      },
    ),
  };
}

/** Whatever an action threw, as an error that may be shown: a fault of the action may say anything. */
export function asHaloError(error: unknown): HaloError {
  if (isHaloError(error)) return error;
  const reason = error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : "unknown";
  return new VendorError(`The action failed inside (${reason}).`, { reason });
}

/** An output that JSON cannot hold is no reason to call a deed undone. */
function plainOutput(output: unknown): Json {
  try {
    return canonicalArguments(output ?? null).json;
  } catch {
    return null;
  }
}
