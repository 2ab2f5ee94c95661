import type * as z from "zod";
import type { ActionCallContext, AnyAction } from "../define/action.ts";
import { AuthorizationError, ValidationError } from "../errors.ts";
import type { ActionGate } from "../gate/action-gates.ts";
import type { LinkPolicy } from "../gate/link-policy.ts";

/** A closed gate as an error, with the gates' own names. */
export function gateClosed(gate: ActionGate, message: string): AuthorizationError {
  return new AuthorizationError(message, { gate });
}

/** What the model gave, as the action's schema reads it. Throws `input_invalid`. */
export function checkInput(action: AnyAction, input: unknown): unknown {
  return checked(action.input, input, "The input does not fit the action: see `path` and `reason`.", "");
}

/** What an admin set, defaults filled in. Throws `input_invalid` whose path begins with `config`. */
export function checkConfig(action: AnyAction, config: unknown): unknown {
  const message = "The action's configuration does not fit: see `path` and `reason`.";
  return checked(action.config, config, message, "config");
}

/** Throws `gate_closed` (permit) with the action's own words. One that throws permits nothing. */
export function requirePermit(action: AnyAction, context: ActionCallContext<unknown, unknown>): void {
  if (!action.permit) return;
  let answer: true | string;
  try {
    answer = action.permit(context);
  } catch {
    answer = "Whether this is permitted could not be told.";
  }
  if (answer === true) return;
  throw gateClosed("permit", typeof answer === "string" ? answer.slice(0, 300) : "This is not permitted.");
}

/** Throws `gate_closed` (permit) where text that the model gave leads to a host that the policy does not name (T44). */
export function requireLinks(links: LinkPolicy | undefined, input: unknown): void {
  const host = links?.refused(input);
  if (host !== undefined)
    throw gateClosed("permit", `It may not lead people to ${host}: leave the link out.`);
}

function checked(schema: z.ZodType, value: unknown, message: string, root: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const parts = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].map((part) =>
    // A key that was made up may say anything.
    /^[\w$-]{1,40}$/.test(String(part)) ? String(part) : "…",
  );
  throw new ValidationError(message, {
    path: [...(root ? [root] : []), ...parts].join("."),
    reason: unknown === undefined ? (issue?.message ?? "invalid") : "not known here",
  });
}
