import { approvalStatus, type Halo, type HaloEvents, isHaloError } from "@halo/core";

/** What became of something that an agent asked for and a person had to decide. */
export interface ApprovalOutcome {
  readonly orgId: string;
  readonly approvalId: string;
  readonly agentId: string;
  /** Where the agent asked: what it should hear belongs there. */
  readonly conversationId: string | undefined;
  readonly state: string;
  /** For the model: a message to put into that conversation. */
  readonly text: string;
}

const ends = [
  "approval.rejected",
  "approval.expired",
  "action.succeeded",
  "action.failed",
  "action.refused",
  "action.outcome_unknown",
  "action.reconciled",
] as const satisfies readonly (keyof HaloEvents)[];

/**
 * Tells the host of every proposal that came to an end, with the words for its agent: to wake the conversation with, where
 * waiting for the agent's own `check_approval` is not enough. Events are of this process; returns how to stop.
 *
 * @example
 * const stop = followApprovals(halo, ({ conversationId, text }) => resume(conversationId, text));
 */
export function followApprovals(
  halo: Pick<Halo, "approvals" | "on">,
  tell: (outcome: ApprovalOutcome) => Promise<void> | void,
  onError: (error: unknown) => void = () => {},
): () => void {
  const follow = async (orgId: string, approvalId: string) => {
    try {
      const approval = await halo.approvals.get(orgId, approvalId);
      const { agentId, conversationId, state } = approval;
      await tell({ orgId, approvalId, agentId, conversationId, state, text: approvalStatus(approval) });
    } catch (error) {
      // Most calls are nobody's proposal.
      if (!isHaloError(error, "not_found")) onError(error);
    }
  };
  const listening = ends.map((name) =>
    halo.on(name, (event) => follow(event.orgId, "approvalId" in event ? event.approvalId : event.callId)),
  );
  return () => {
    for (const stop of listening) stop();
  };
}
