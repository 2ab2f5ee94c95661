import * as z from "zod";
import { ValidationError } from "../errors.ts";

const source = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,50}$/)
  .describe('"billing", or the id of an integration');
const sources = z.array(source).max(20).optional();

export const RenewalSettingsInput = z.strictObject({
  /** IANA; days begin and end by it. */
  timeZone: z.string().min(1).max(100).optional(),
  /** Up for renewal so many days ahead of the date. */
  upForRenewalDays: z.int().min(1).max(730).optional(),
  /** At risk below that health. Null: never. */
  atRiskBelow: z.number().min(0).max(100).nullable().optional(),
  /** An expansion opportunity where all that is given holds. Null: never. */
  expansion: z
    .strictObject({
      health: z.number().min(0).max(100).optional(),
      employees: z.int().min(1).optional(),
      mrr: z
        .strictObject({
          currency: z.string().regex(/^[A-Za-z]{3}$/),
          atLeast: z.string().regex(/^\d{1,18}(?:\.\d{1,6})?$/),
        })
        .optional(),
    })
    .refine((rule) => Object.values(rule).some((value) => value !== undefined), "health, employees or mrr")
    .nullable()
    .optional(),
  /** Which sources serve a field, the first that says something before the others. Absent: billing, then all others. */
  sources: z
    .strictObject({
      renewal_date: sources,
      contract_term: sources,
      payment_terms: sources,
      on_contract: sources,
      monthly_spend: sources,
      renewal_status: sources,
    })
    .optional(),
});

export type RenewalSettingsInput = z.input<typeof RenewalSettingsInput>;

export interface RenewalSettings {
  readonly timeZone: string;
  readonly upForRenewalDays: number;
  readonly atRiskBelow: number | null;
  readonly expansion: NonNullable<RenewalSettingsInput["expansion"]> | null;
  readonly sources: NonNullable<RenewalSettingsInput["sources"]>;
}

/** With everything filled in. Throws `input_invalid`. */
export function renewalSettings(input: unknown): RenewalSettings {
  const parsed = RenewalSettingsInput.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue?.path.join(".") ?? "", issue?.message ?? "invalid");
  }
  const {
    atRiskBelow = 40,
    expansion = null,
    sources: chosen = {},
    timeZone = "UTC",
    upForRenewalDays = 60,
  } = parsed.data;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone });
  } catch {
    throw invalid("timeZone", 'an IANA name, "Europe/Berlin"');
  }
  return { timeZone, upForRenewalDays, atRiskBelow, expansion, sources: chosen };
}

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("These are no settings of renewals: see `path` and `reason`.", { path, reason });
}
