import type { ActionPreview, ActionSubject, AnyAction } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import { type AuthorizationError, CancelledError, ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { gateClosed } from "./check.ts";

/** What a person decides on: a copy, so that nothing that happens to it changes what is executed. */
export interface ApprovalAsked {
  readonly callId: string;
  readonly integration: string;
  readonly action: string;
  /** Shown to people: "Refund". */
  readonly title: string;
  /** The exact arguments. */
  readonly input: Json;
  readonly subject: ActionSubject | undefined;
  readonly preview: ActionPreview;
  /** A yes that comes later counts no more. */
  readonly expiresAt: Date;
  readonly signal: AbortSignal;
}

/**
 * Host code that puts a call before a person and waits for their word. Only `{ approvedBy }`, naming that person, is a
 * yes; anything else is a no. It is given to the function that makes tools, beside the token: no model can reach it.
 */
export type Approver = (asked: ApprovalAsked) => Promise<{ readonly approvedBy: string } | undefined>;

/** As long as a yes to money may take (A5). */
const expiryMs = 4 * 60 * 60_000;

export function noApprover(): AuthorizationError {
  return gateClosed(
    "approval",
    "This needs a named human's yes: give `approve`, which asks one, or let Halo's engine keep a queue.",
  );
}

export function staleApproval(current: string): ConflictError {
  return new ConflictError(`What was approved ${current}: call again, and ask again.`, {
    code: "approval_stale",
    current,
  });
}

/** Returns once a named person has said yes in time. Throws `gate_closed` (approval), `approval_stale`, `cancelled`. */
export async function askApprover(
  approve: Approver,
  action: AnyAction,
  asked: Omit<ApprovalAsked, "action" | "title" | "expiresAt">,
  clock: Clock,
): Promise<void> {
  const expiresAt = new Date(clock.now() + expiryMs);
  const copy = structuredClone({ input: asked.input, subject: asked.subject, preview: asked.preview });
  const answer: unknown = await approve({
    ...asked,
    ...copy,
    action: action.id,
    title: action.name,
    expiresAt,
  });
  if (asked.signal.aborted) throw new CancelledError("signal");
  const by = nameIn(answer);
  if (by === undefined) throw gateClosed("approval", "Nobody approved this, and nothing was done.");
  if (isSubject(by, asked.subject)) {
    throw gateClosed("approval", "Whoever it is about cannot approve it: somebody else has to.");
  }
  if (clock.now() >= expiresAt.getTime()) {
    throw staleApproval("has expired");
  }
}

function nameIn(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("approvedBy" in answer)) return undefined;
  const { approvedBy } = answer;
  return typeof approvedBy === "string" && approvedBy.trim() !== "" ? approvedBy.trim() : undefined;
}

function isSubject(by: string, subject: ActionSubject | undefined): boolean {
  const name = by.toLowerCase();
  return name === subject?.email?.toLowerCase() || name === subject?.endUserId?.toLowerCase();
}
