import { normaliseEmail } from "../customers/email.ts";
import type { ActionSubject, AnyAction } from "../define/action.ts";
import { ValidationError } from "../errors.ts";

/** Only what a subject is made of, and only if there is anything; its address as Halo compares addresses. */
export function plainSubject(subject: ActionSubject | undefined): ActionSubject | undefined {
  const { companyId, endUserId } = subject ?? {};
  const email = normaliseEmail(subject?.email);
  if (companyId === undefined && email === undefined && endUserId === undefined) return undefined;
  return {
    ...(email !== undefined && { email }),
    ...(endUserId !== undefined && { endUserId }),
    ...(companyId !== undefined && { companyId }),
  };
}

/** Throws `input_invalid` for an action that is about a person, without a person. */
export function requireSubject(
  action: AnyAction,
  given: ActionSubject | undefined,
): ActionSubject | undefined {
  const subject = plainSubject(given);
  if (action.subject === "end_user" && subject?.email === undefined) {
    throw new ValidationError(
      "The action is about a customer, and nobody knows whom: give the host's `customer` with an e-mail address.",
      { path: "context.customer", reason: "no e-mail address" },
    );
  }
  return subject;
}
