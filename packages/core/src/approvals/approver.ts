import { normaliseEmail } from "../customers/email.ts";
import { AuthorizationError } from "../errors.ts";
import type { Person } from "../halo/approvals-surface.ts";
import type { ActionCall } from "../ports/action-store.ts";
import type { Proposal } from "../ports/approval-store.ts";
import type { ApprovalPolicy } from "./policy.ts";

/** Why this person may not approve it, or say what became of it (A6, T39), in words for them; undefined: they may. */
export function whyNoApprover(
  policy: ApprovalPolicy,
  { call, proposal }: { readonly call: ActionCall; readonly proposal?: Proposal | undefined },
  person: Person,
): string | undefined {
  const none = whyNobody(policy, person);
  if (none !== undefined) return none;
  const own = new Set([person.id, ...(person.email === undefined ? [] : [person.email])].flatMap(asSame));
  const { subject } = call;
  const involved = [
    proposal?.requestedBy,
    call.agentId,
    subject?.endUserId,
    subject?.email,
    ...Object.values(subject?.ids ?? {}),
  ];
  const isOwn = involved.some((one) => one !== undefined && asSame(one).some((name) => own.has(name)));
  return isOwn
    ? "Whoever asked for it, or whom it is about, cannot decide it: somebody else has to."
    : undefined;
}

/** The refusal of a person, or of who is none. */
export function refusedPerson(why: string): AuthorizationError {
  return new AuthorizationError(why, { gate: "approver" });
}

/** Why this person may decide nothing at all. */
export function whyNobody({ roles }: ApprovalPolicy, person: Person): string | undefined {
  if (person.kind !== "human") return "Only a person can decide this.";
  if (!person.roles.some((role) => roles.has(role))) return "This needs a role that may approve.";
  return undefined;
}

/** Ids as they are, and addresses as Halo compares them. */
function asSame(name: string): readonly string[] {
  const email = name.includes("@") ? normaliseEmail(name) : undefined;
  return email === undefined ? [name] : [name, email];
}
