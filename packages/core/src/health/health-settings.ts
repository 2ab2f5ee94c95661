import * as z from "zod";
import { ValidationError } from "../errors.ts";
import type { HealthSignal } from "../ports/standing-store.ts";

export const healthSignals = ["activity", "support", "sentiment", "payment"] as const;

const weight = z.number().min(0).max(1_000);
const threshold = z.number().min(0).max(100);

/** Shares of the four signals; they are weighed against each other, so that any sum will do. */
const Weights = z.strictObject({ activity: weight, support: weight, sentiment: weight, payment: weight });

/** The shares of the reference's weights, and four that lean elsewhere. */
export const healthPresets = {
  balanced: { activity: 40, support: 25, sentiment: 20, payment: 15 },
  usage_first: { activity: 60, support: 15, sentiment: 15, payment: 10 },
  support_heavy: { activity: 25, support: 45, sentiment: 20, payment: 10 },
  revenue_first: { activity: 25, support: 15, sentiment: 15, payment: 45 },
  no_billing_data: { activity: 45, support: 30, sentiment: 25, payment: 0 },
} as const;
export type HealthPreset = keyof typeof healthPresets;

export const HealthSettingsInput = z.strictObject({
  preset: z.enum(Object.keys(healthPresets) as [HealthPreset, ...HealthPreset[]]).optional(),
  weights: Weights.optional(),
  /** Who is scored. */
  entity: z.enum(["company", "end_user", "both"]).optional(),
  /** From where on a score is of that tier; below `at_risk` it is critical. */
  thresholds: z.strictObject({ healthy: threshold, neutral: threshold, at_risk: threshold }).optional(),
  /** Only customers of these subscription statuses are scored. Null: all. */
  statuses: z.array(z.string().min(1).max(100)).min(1).max(30).nullable().optional(),
  /** Who was seen within so many days is active. */
  windowDays: z.int().min(1).max(365).optional(),
  /** What was reported longer ago says nothing any more. */
  staleDays: z.int().min(1).max(3_650).optional(),
});

export type HealthSettingsInput = z.input<typeof HealthSettingsInput>;

export interface HealthSettings {
  readonly preset: HealthPreset;
  readonly weights: { readonly [signal in HealthSignal]: number };
  readonly entity: "company" | "end_user" | "both";
  readonly thresholds: { readonly healthy: number; readonly neutral: number; readonly at_risk: number };
  readonly statuses: readonly string[] | null;
  readonly windowDays: number;
  readonly staleDays: number;
}

/** With everything filled in. Throws `input_invalid`. */
export function healthSettings(input: unknown): HealthSettings {
  const parsed = HealthSettingsInput.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue?.path.join(".") ?? "", issue?.message ?? "invalid");
  }
  const { preset = "balanced", ...given } = parsed.data;
  const weights = given.weights ?? healthPresets[preset];
  if (healthSignals.every((signal) => weights[signal] === 0)) throw invalid("weights", "all of them are 0");
  const thresholds = given.thresholds ?? { healthy: 80, neutral: 60, at_risk: 40 };
  if (!(thresholds.healthy > thresholds.neutral && thresholds.neutral > thresholds.at_risk))
    throw invalid("thresholds", "healthy above neutral above at_risk");
  return {
    preset,
    weights,
    entity: given.entity ?? "company",
    thresholds,
    statuses:
      given.statuses === undefined ? (preset === "no_billing_data" ? null : ["active"]) : given.statuses,
    windowDays: given.windowDays ?? 30,
    staleDays: given.staleDays ?? 90,
  };
}

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("These are no settings of health scores: see `path` and `reason`.", {
    path,
    reason,
  });
}
