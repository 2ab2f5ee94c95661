import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import { parseEvent } from "../notify/event-schemas.ts";
import type { Approval } from "../ports/approval-store.ts";
import { cardOf } from "./card.ts";

/**
 * Puts a proposal, as it stands, before whoever is subscribed: by way of the outbox, so that a sink that is away loses
 * nothing. Each state is told once. What cannot be told is logged; the proposal waits in the queue all the same (F78).
 */
export async function tellPeople(engine: Engine, approval: Approval): Promise<void> {
  const { call, decisions, proposal } = approval;
  const by = (kind: "approve" | "reject") =>
    decisions.filter((one) => one.kind === kind).map((one) => one.by);
  const [rejectedBy] = by("reject");
  const integration = engine.integrations.get(call.integration);
  const action = integration?.actions?.find(({ id }) => id === call.action);
  const card = cardOf(approval, {
    integration: integration?.name ?? call.integration,
    action: action?.name ?? call.action,
  });
  const now = new Date(engine.clock.now());
  try {
    const event = parseEvent("approval", {
      approvalId: proposal.id,
      state: call.state,
      hash: proposal.hash,
      integration: call.integration,
      action: call.action,
      agentId: call.agentId,
      title: card.title,
      lines: [...card.lines],
      needed: proposal.needed,
      approvedBy: by("approve"),
      ...(rejectedBy !== undefined && { rejectedBy }),
      ...(call.error && { code: call.error.code }),
      expiresAt: proposal.expiresAt.toISOString(),
      at: now.toISOString(),
    }) as Json;
    const key = `${proposal.id}:${call.state}:${decisions.length}`;
    const { connectionId } = call;
    await engine.storage.notifications.raise(
      call.orgId,
      [{ type: "approval", key, connectionId, event }],
      now,
    );
  } catch (error) {
    engine.logger.error("A proposal could not be put before people: it waits in the queue", {
      call: call.id,
      error: isHaloError(error) ? error.code : error instanceof Error ? error.name : "unknown",
    });
  }
}

/** Follows every proposal from its first state to its last. */
export function followProposals(engine: Engine): { settled(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const told = (orgId: string, id: string) => {
    const work = (async () => {
      const approval = await engine.storage.approvals.get(orgId, id);
      if (approval) await tellPeople(engine, approval);
    })()
      .catch(() => engine.logger.error("A proposal could not be read to be told of", { call: id }))
      .finally(() => running.delete(work));
    running.add(work);
  };
  for (const what of ["requested", "seconded", "approved", "rejected", "expired"] as const) {
    engine.events.on(`approval.${what}`, ({ approvalId, orgId }) => told(orgId, approvalId));
  }
  for (const end of ["succeeded", "failed", "refused", "outcome_unknown", "reconciled"] as const) {
    engine.events.on(`action.${end}`, ({ action, callId, integration, orgId }) => {
      const actions = engine.integrations.get(integration)?.actions;
      const asks = actions?.find(({ id }) => id === action)?.approval === "human";
      if (asks) told(orgId, callId);
    });
  }
  return {
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
