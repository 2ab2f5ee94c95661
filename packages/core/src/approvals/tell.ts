import type { Engine } from "../engine/engine.ts";
import type { ApprovalEvent } from "../halo/approvals-surface.ts";
import type { Approval } from "../ports/approval-store.ts";

/** Tells whoever listens: ids and states, no customer's text. */
export function tellApproval(
  engine: Engine,
  what: "requested" | "seconded" | "approved" | "rejected" | "expired" | "alarm",
  approval: Approval,
  more: Partial<Pick<ApprovalEvent, "by" | "reason">> = {},
): void {
  const { call, proposal } = approval;
  engine.events.emit(`approval.${what}`, {
    orgId: call.orgId,
    approvalId: proposal.id,
    agentId: call.agentId,
    integration: call.integration,
    action: call.action,
    connectionId: call.connectionId,
    conversationId: call.conversationId,
    state: call.state,
    expiresAt: proposal.expiresAt,
    ...more,
  });
}
