import { CancelledError, isHaloError, ValidationError, VendorError } from "@halo/core/actions";

/** Stripe keeps a key "at least 24 hours" (API reference, "Idempotent requests", read 2026-11-21); clocks differ. */
export const KEY_LIFE_MS = 23 * 60 * 60_000;

/** The field of metadata that names the effect, so that it can be read back when the key is gone. */
export const MARK = "halo_effect";

export const keyed = (effectKey: string) => ({ "Idempotency-Key": effectKey });

export const marked = (effectKey: string) => ({ [MARK]: effectKey });

export const isMarked = (
  { metadata }: { readonly metadata?: { readonly [name: string]: string } | null | undefined },
  effectKey: string,
) => metadata?.[MARK] === effectKey;

/**
 * Sends one write. Throws `input_invalid` for what Stripe refused of the arguments, and `outcome_unknown` where it may
 * have been done all the same.
 */
export async function written<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  if (signal.aborted)
    throw isHaloError(signal.reason, "cancelled") ? signal.reason : new CancelledError("signal");
  try {
    return await send();
  } catch (error) {
    throw outcomeOf(error);
  }
}

/** What a failed write means: refused, not done, or nobody knows. */
function outcomeOf(error: unknown): unknown {
  if (isHaloError(error, "cancelled") || isHaloError(error, "vendor_timeout")) return unknown(error);
  // The answer was a success that could not be read, cut short for one.
  if (isHaloError(error, "vendor_response_invalid")) return unknown(error);
  if (!isHaloError(error, "vendor_failed")) return error;
  const { reason = "", retryable, status, withoutEffect } = error as VendorError;
  if (status === undefined) return withoutEffect || retryable ? error : unknown(error);
  // The key is in use, or was used for something else: the first of them may have been carried out.
  if (status >= 500 || status === 409 || reason.startsWith("idempotency")) return unknown(error);
  return refusedBy(error as VendorError) ?? error;
}

function unknown(cause: unknown): VendorError {
  const { reason, requestId, status } = cause as Partial<VendorError>;
  return new VendorError(
    "Stripe was asked to write and gave no answer that tells; it may have been done. Look before asking again.",
    { code: "outcome_unknown", cause, reason, requestId, status },
  );
}

/** Stripe's code, which argument it is about, and what to do: `Code` in the types of `stripe` 23.1.0. */
const REFUSALS: { readonly [code: string]: readonly [path: string, why: string] } = {
  amount_too_large: ["amount", "The amount is too large."],
  amount_too_small: ["amount", "The amount is too small."],
  balance_insufficient: ["amount", "The account's balance does not cover it: an admin has to fill it up."],
  charge_already_refunded: ["payment", "All of it was refunded already."],
  charge_disputed: ["payment", "The customer's bank disputes it: answer the dispute instead."],
  charge_not_refundable: ["payment", "It cannot be refunded."],
  invalid_canceled_subscription_fields: ["subscription", "It is cancelled already."],
  invalid_charge_amount_no_decimal_compatible: ["amount", "The currency takes whole units only."],
  refund_disputed_payment: ["payment", "The customer's bank disputes it: answer the dispute instead."],
  subscription_update_trial_after_billing_cycle_anchor: [
    "trial_end",
    "The trial cannot end so late: at most two years after the billing began.",
  ],
};

/** What Stripe refuses before it does anything ("Errors", read 2026-11-21): 400, 402 and 404. */
function refusedBy(error: VendorError): ValidationError | undefined {
  if (![400, 402, 404].includes(error.status ?? 0)) return undefined;
  const reason = error.reason ?? "";
  const known = Object.hasOwn(REFUSALS, reason) ? REFUSALS[reason] : undefined;
  const [path, why] = known ?? ["input", "Its reason is in the log of requests in Stripe's dashboard."];
  return new ValidationError(`Stripe refused \`${path}\` (${error.reason}). Nothing was done. ${why}`, {
    path,
    reason: error.reason ?? "refused",
    cause: error,
  });
}
