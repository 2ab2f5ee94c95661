import type { CustomerKind } from "../define/customer.ts";
import type { HealthInputs, HealthScore } from "../ports/standing-store.ts";
import { type HealthTier, healthTiers } from "../segments/fields.ts";
import { type HealthSettings, healthSignals } from "./health-settings.ts";
import { signalsOf } from "./signals.ts";

export interface Fall {
  readonly from: number;
  readonly to: number;
  readonly fromTier: HealthTier;
  readonly toTier: HealthTier;
  readonly reasons: readonly string[];
}

export const isScored = (kind: CustomerKind, { entity }: HealthSettings): boolean =>
  entity === "both" || entity === kind;

export function tierOf(
  score: number,
  { at_risk, healthy, neutral }: HealthSettings["thresholds"],
): HealthTier {
  if (score >= healthy) return "healthy";
  if (score >= neutral) return "neutral";
  return score >= at_risk ? "at_risk" : "critical";
}

/**
 * The score, and the fall of a tier if it is one. Signals that nothing is known of leave their weight to the others.
 * What fell is judged by the tiers of now: other thresholds make nobody fall.
 */
export function scoreOf(
  inputs: HealthInputs,
  settings: HealthSettings,
  now: Date,
): { readonly score: HealthScore; readonly fall: Fall | undefined } {
  const { customerId, kind, previous, subscriptionStatus } = inputs;
  const base = { kind, customerId, falls: previous?.falls ?? 0, computedAt: now };
  const none = { score: undefined, tier: undefined };
  const { statuses, thresholds, weights } = settings;
  // A person is not billed: where companies are scored by their status, people are all the same.
  const eligible =
    isScored(kind, settings) &&
    (statuses === null || kind === "end_user" || statuses.includes(subscriptionStatus ?? ""));
  if (!eligible) {
    return { score: { ...base, ...none, signals: {}, reason: "not_eligible" }, fall: undefined };
  }
  const signals = signalsOf(inputs, settings, now);
  let sum = 0;
  let weight = 0;
  for (const signal of healthSignals) {
    sum += (signals[signal] ?? 0) * (signals[signal] === undefined ? 0 : weights[signal]);
    weight += signals[signal] === undefined ? 0 : weights[signal];
  }
  if (weight === 0) return { score: { ...base, ...none, signals, reason: "no_signals" }, fall: undefined };
  const score = Math.round(sum / weight);
  const tier = tierOf(score, thresholds);
  const before =
    previous?.score === undefined
      ? undefined
      : { score: previous.score, tier: tierOf(previous.score, thresholds) };
  const fell = before !== undefined && healthTiers.indexOf(tier) < healthTiers.indexOf(before.tier);
  const found: HealthScore = {
    ...base,
    score,
    tier,
    signals,
    reason: undefined,
    falls: base.falls + (fell ? 1 : 0),
  };
  if (!fell) return { score: found, fall: undefined };
  const reasons = healthSignals
    .filter((signal) => (signals[signal] ?? 100) < thresholds.neutral && weights[signal] > 0)
    .map((signal) => `${signal}: ${signals[signal]} of 100`);
  return {
    score: found,
    fall: { from: before.score, to: score, fromTier: before.tier, toTier: tier, reasons },
  };
}
