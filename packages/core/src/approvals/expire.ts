import type { Engine } from "../engine/engine.ts";
import type { ActionAudit } from "../ports/action-store.ts";
import type { Approval } from "../ports/approval-store.ts";
import { tellApproval } from "./tell.ts";

/** Ends a proposal that nobody decided in time; undefined: it has time left, or is decided. */
export async function expireProposal(
  engine: Engine,
  orgId: string,
  id: string,
  actor: ActionAudit["actor"],
): Promise<Approval | undefined> {
  const at = new Date(engine.clock.now());
  const expired = await engine.storage.approvals.expire(orgId, id, {
    actor,
    at,
    error: {
      code: "approval_stale",
      message: "Nobody of the team decided it in time: it can be proposed anew.",
    },
  });
  if (expired) tellApproval(engine, "expired", expired);
  return expired;
}
