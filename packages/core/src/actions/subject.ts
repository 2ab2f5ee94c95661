import { normaliseEmail } from "../customers/email.ts";
import type { ActionSubject, AnyAction } from "../define/action.ts";
import { ValidationError } from "../errors.ts";

/** Only what a subject is made of, and only if there is anything; its address as Halo compares addresses. */
export function plainSubject(subject: ActionSubject | undefined): ActionSubject | undefined {
  const { companyId, endUserId, ids = {} } = subject ?? {};
  const email = normaliseEmail(subject?.email);
  const named = Object.keys(ids).length > 0;
  if (companyId === undefined && email === undefined && endUserId === undefined && !named) return undefined;
  return {
    ...(email !== undefined && { email }),
    ...(endUserId !== undefined && { endUserId }),
    ...(companyId !== undefined && { companyId }),
    ...(named && { ids }),
  };
}

/** Throws `input_invalid` for an action that is about a person, without a person. */
export function requireSubject(
  action: AnyAction,
  given: ActionSubject | undefined,
): ActionSubject | undefined {
  const subject = plainSubject(given);
  if (action.subject === "end_user" && subject?.email === undefined && subject?.ids === undefined) {
    throw new ValidationError(
      "The action is about a customer, and nobody knows whom: give the host's `customer` with an e-mail address, or their id at the vendor.",
      { path: "context.customer", reason: "no e-mail address" },
    );
  }
  return subject;
}
