import { gateClosed } from "../actions/check.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError, isHaloError, ValidationError } from "../errors.ts";
import type { DecideRequest } from "../halo/approvals-surface.ts";
import type { ActionCall } from "../ports/action-store.ts";
import type { Approval } from "../ports/approval-store.ts";
import { refusedPerson, whyNoApprover, whyNobody } from "./approver.ts";
import { expireProposal } from "./expire.ts";
import { proofOf } from "./proof.ts";
import { isUntouched } from "./proposal-hash.ts";
import { tellApproval } from "./tell.ts";

const rejected: NonNullable<ActionCall["error"]> = {
  code: "gate_closed",
  gate: "approval",
  message: "A person of the team said no to this: do not ask for it again.",
};

/** One person's decision, about exactly what they saw. */
export async function decide(
  engine: Engine,
  kind: "approve" | "reject",
  { actor, approvalId, hash, orgId, reason }: DecideRequest,
): Promise<Approval> {
  const { approvals, clock, ring, storage } = engine;
  const approval = await storage.approvals.get(orgId, approvalId);
  if (!approval) throw notFound();
  const person = { ...actor, roles: (await approvals.rolesOf?.({ orgId, id: actor.id })) ?? actor.roles };
  const why = kind === "approve" ? whyNoApprover(approvals, approval, person) : whyNobody(approvals, person);
  if (why !== undefined) throw refusedPerson(why);
  if (!isUntouched(approval)) {
    tellApproval(engine, "alarm", approval, { reason: "arguments" });
    engine.logger.error("A proposal is not what was proposed: somebody changed what is stored", {
      call: approvalId,
    });
    throw stale("changed");
  }
  if (kind === "approve") {
    const stops = await storage.approvals.stops(orgId);
    if (stops.some(({ resumedAt }) => resumedAt === undefined)) {
      throw gateClosed("stopped", "All actions are stopped: somebody has to resume them.");
    }
  }
  const decision = { kind, by: actor.id, hash, reason, at: new Date(clock.now()) };
  const proof = proofOf(ring, { orgId, id: approvalId, decision });
  let decided: Approval;
  try {
    decided = await storage.approvals.decide(
      orgId,
      approvalId,
      { ...decision, proof },
      kind === "reject" ? rejected : undefined,
    );
  } catch (error) {
    if (!isHaloError(error, "approval_stale")) throw error;
    const { current } = error as { readonly current?: string };
    if (current === "expired")
      await expireProposal(engine, orgId, approvalId, { kind: "human", id: actor.id });
    throw stale(current);
  }
  const { state } = decided.call;
  tellApproval(
    engine,
    state === "approved" ? "approved" : state === "rejected" ? "rejected" : "seconded",
    decided,
    { by: actor.id },
  );
  return decided;
}

const words: { readonly [current: string]: string } = {
  expired: "Nobody decided it in time: it has to be proposed anew.",
  changed: "It is not what you saw: look at it again.",
  decided: "You have decided it already: another person has to.",
};

function stale(current: string | undefined): ConflictError {
  const message = words[current ?? ""] ?? `It is ${current} by now: there is nothing left to decide.`;
  return new ConflictError(message, { code: "approval_stale", current });
}

function notFound(): ValidationError {
  return new ValidationError("There is no such approval: list the org's approvals.", {
    code: "not_found",
    path: "approvalId",
    reason: "unknown",
  });
}
