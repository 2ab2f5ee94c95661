import type { Engine } from "../../engine/engine.ts";
import { isHaloError, type RateLimitError } from "../../errors.ts";
import type { Question } from "./checked-model.ts";

const dayMs = 24 * 60 * 60_000;
const firstWaitMs = 5_000;
const maxWaitMs = 30 * 60_000;
/** A model that broke the schema will mostly do it again. */
const maxBrokenWaitMs = 6 * 60 * 60_000;

/** Why a model could not be asked, or gave no answer that can be used. */
export interface ModelFailure {
  /** A code, never text. */
  readonly reason: string;
  /** The model is not to be had at all: others would fare the same. */
  readonly everybody: boolean;
  /** The same question would fail again, but for luck. */
  readonly broken: boolean;
  /** Epoch ms. */
  readonly nextAttemptAt: number;
}

/** The org has asked as much as it may today. */
class BudgetExhausted extends Error {}
/** Nothing is configured that could be asked. */
class NoModel extends Error {}

/** "2026-11-21" */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Asks the engine's model, out of the org's budget of the day: what is asked is spent, answered or not. */
export async function askWithinBudget<T>(
  engine: Engine,
  orgId: string,
  question: Question<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, events, learning, model, storage } = engine;
  if (!model) throw new NoModel();
  const wanted = { calls: 1, characters: question.instructions.length + question.input.length };
  const day = dayOf(clock.now());
  if (!(await storage.learning.spend(orgId, day, wanted, learning.budget))) {
    events.emit("model.budget_exhausted", { orgId, day });
    throw new BudgetExhausted();
  }
  return model.ask(question, signal);
}

export function modelFailure(error: unknown, attempts: number, now: number): ModelFailure {
  const wait = (most: number) => now + Math.min(most, firstWaitMs * 2 ** Math.min(attempts, 20));
  const failed = (reason: string, everybody: boolean, nextAttemptAt: number): ModelFailure => ({
    ...{ reason, everybody, nextAttemptAt, broken: false },
  });
  if (error instanceof NoModel) return failed("no_language_model", true, now + maxWaitMs);
  if (error instanceof BudgetExhausted)
    return failed("budget_exhausted", true, (Math.floor(now / dayMs) + 1) * dayMs);
  if (isHaloError(error, "vendor_response_invalid")) {
    const reason = (error as { reason?: string }).reason ?? "invalid";
    return {
      ...failed(`vendor_response_invalid:${reason}`, false, wait(maxBrokenWaitMs)),
      broken: true,
    };
  }
  if (isHaloError(error, "rate_limited"))
    return failed("rate_limited", true, Math.max(wait(maxWaitMs), (error as RateLimitError).retryAt));
  if (isHaloError(error, "vendor_timeout")) return failed("vendor_timeout", false, wait(maxWaitMs));
  if (isHaloError(error)) return failed(error.code, true, wait(maxWaitMs));
  return failed(`internal:${error instanceof Error ? error.name : "failed"}`, false, wait(maxBrokenWaitMs));
}
