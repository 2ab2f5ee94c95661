import { canonicalArguments } from "../actions/canonical.ts";
import { gateClosed } from "../actions/check.ts";
import { previewOf } from "../actions/preview.ts";
import type { ActionReview, ActionRunContext, ActionSubject, AnyAction } from "../define/action.ts";
import type { VendorAccount } from "../define/auth.ts";
import { ValidationError } from "../errors.ts";

/**
 * What a person decides on, as the action reads it from the vendor now; checked, and a plain copy. Throws `input_invalid` for
 * money that is no amount, `gate_closed` for objects of another mode than the connection's (T09), and what the action throws.
 */
export async function reviewOf(
  action: AnyAction,
  context: ActionRunContext<unknown, unknown>,
  account: VendorAccount,
): Promise<ActionReview> {
  const given: ActionReview = action.review
    ? await action.review(context)
    : { preview: await previewOf(action, context) };
  const { livemode, ...review } = canonicalArguments(given).json as unknown as ActionReview;
  const { money } = review;
  if (money) {
    // Beyond 2^53 neighbours are the same number.
    if (!Number.isSafeInteger(money.amountMinor) || money.amountMinor <= 0) throw noAmount("amountMinor");
    if (!/^[a-z]{3}$/.test(money.currency)) throw noAmount("currency");
    const { digits } = money;
    if (digits !== undefined && !(Number.isInteger(digits) && digits >= 0 && digits <= 4))
      throw noAmount("digits");
  }
  const bound = account.details?.["livemode"];
  if (livemode !== undefined && bound !== undefined && String(livemode) !== bound) {
    throw gateClosed(
      "connection",
      "The vendor's objects are of another mode (test or live): nothing is done.",
    );
  }
  return review;
}

function noAmount(path: string): ValidationError {
  return new ValidationError("What it would move is no amount of money: whole minor units above zero.", {
    path: `money.${path}`,
    reason: "no amount",
  });
}

/** Whose money it is, for limits: the vendor's customer where the action names one. */
export function customerIn(review: ActionReview, subject: ActionSubject | undefined): string | undefined {
  return review.customer ?? subject?.email ?? subject?.endUserId ?? subject?.companyId;
}

/** Whether what a person decided on is what stands now: the money, whose it is, and the state of the vendor's objects. */
export function sameGround(
  proposed: Pick<ActionReview, "money" | "customer" | "state">,
  now: Pick<ActionReview, "money" | "customer" | "state">,
): boolean {
  return groundText(proposed) === groundText(now);
}

function groundText({ customer, money, state }: Pick<ActionReview, "money" | "customer" | "state">): string {
  return canonicalArguments({ customer, money: money && { ...money }, state }).text;
}
