import type { ActionSubject, AnyAction } from "../define/action.ts";
import { ValidationError } from "../errors.ts";

/** Only what a subject is made of, and only if there is anything. */
export function plainSubject(subject: ActionSubject | undefined): ActionSubject | undefined {
  const { companyId, email, endUserId } = subject ?? {};
  if (companyId === undefined && email === undefined && endUserId === undefined) return undefined;
  return {
    ...(email !== undefined && { email: email.trim().toLowerCase() }),
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
  if (action.subject === "end_user" && !/^[^\s@]+@[^\s@]+$/.test(subject?.email ?? "")) {
    throw new ValidationError(
      "The action is about a customer, and nobody knows whom: give the host's `customer` with an e-mail address.",
      { path: "context.customer", reason: "no e-mail address" },
    );
  }
  return subject;
}
