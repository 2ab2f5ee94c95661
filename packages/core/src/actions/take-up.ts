import { executeApproved } from "../approvals/execute-approved.ts";
import { expireProposal } from "../approvals/expire.ts";
import { reconcile } from "../approvals/reconcile.ts";
import { tellPeople } from "../approvals/tell-people.ts";
import type { Engine } from "../engine/engine.ts";
import { type HaloError, isHaloError, VendorError } from "../errors.ts";
import type { ActionAudit, ActionCall } from "../ports/action-store.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { checkConfig, checkInput, gateClosed } from "./check.ts";
import { execute, settleCall } from "./execute.ts";

/** A definition that this process lacks may be another's: so long until it is looked at again. */
const strangerMs = 30_000;
/** Vendors that are away for a moment. */
const laterMs = 10_000;

/**
 * Works on a call that waits for a worker. A proposal whose time is over expires; what was approved is executed; what nobody
 * could tell is looked for. A call whose process did not come back is taken up (F11–F14, F93): the gates are asked again; what may have happened is looked for or asked for again under its own key, and where neither can tell, its outcome is unknown.
 */
export async function takeUpCall(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, logger, storage } = engine;
  const { holder, orgId, subject: callId } = slice.lease;
  const call = await storage.actions.get(orgId, callId);
  if (!call || !open.has(call.state)) return undefined;
  const actor: ActionAudit["actor"] = { kind: "engine", id: holder };
  if (call.state === "proposed") {
    const expired = await expireProposal(engine, orgId, callId, actor);
    if (expired) return undefined;
    await tellStanding(engine, orgId, callId);
    return call.expiresAt;
  }
  if (call.state === "rejected") {
    await tellStanding(engine, orgId, callId);
    return undefined;
  }
  const integration = engine.integrations.get(call.integration);
  const action = integration?.actions?.find(({ id }) => id === call.action);
  if (!integration || !action) {
    logger.warn("A call waits for a process that knows its action", { call: callId, action: call.action });
    return new Date(clock.now() + strangerMs);
  }
  if (call.state === "approved") return await executeApproved(engine, slice, { call, integration, action });
  if (call.state === "outcome_unknown") return await reconcile(engine, slice, { call, integration, action });
  const end = async (error: HaloError): Promise<Again> => {
    await settleCall(engine, slice.lease, call, endWithout(call, error), actor);
    return undefined;
  };
  if ((action.version ?? 1) !== call.version) {
    return await end(gateClosed("integration", "The action has changed its meaning since: call again."));
  }
  const connection =
    call.connectionId === undefined ? undefined : await storage.connections.get(orgId, call.connectionId);
  if (!connection || !isUsable(connection, call)) {
    return await end(gateClosed("connection", "The connection is not what it was: call again."));
  }
  let input: unknown;
  let config: unknown;
  let refs: unknown;
  try {
    input = checkInput(action, call.input);
    const { agentAction } = await storage.actions.gates(orgId, {
      agentId: call.agentId,
      integration: call.integration,
      action: call.action,
      connectionId: call.connectionId,
    });
    // A configuration that fits no longer closes its gate in a moment; to look for the effect the defaults do.
    config = fitting(() => checkConfig(action, agentAction?.config ?? {})) ?? checkConfig(action, {});
    refs = (await engine.sessions.open(connection).references(slice.signal)).refs;
  } catch (error) {
    if (!isHaloError(error) || isHaloError(error, "lease_lost")) throw error;
    if (error.retryable) return new Date(clock.now() + laterMs);
    return await end(error);
  }
  await execute(engine, slice, {
    call,
    integration,
    action,
    input,
    config,
    subject: call.subject,
    connection,
    refs,
    actor,
    fresh: false,
    // Within the worker's slice, so that a process that goes down need not wait for it.
    limits: { attemptMs: 20_000, totalMs: 10_000 },
  });
  return undefined;
}

/** Told as it happened, by the process in which it did; should that one have died, it is told now (F78). */
async function tellStanding(engine: Engine, orgId: string, id: string): Promise<void> {
  const approval = await engine.storage.approvals.get(orgId, id);
  if (approval) await tellPeople(engine, approval);
}

const open = new Set<ActionCall["state"]>([
  "proposed",
  "approved",
  "rejected",
  "executing",
  "outcome_unknown",
]);

/** The same account, behind the same consent: elsewhere one would look in the wrong place. */
export function isUsable(connection: Connection, call: ActionCall): boolean {
  return connection.state === "connected" && connection.generation === call.generation;
}

/** The end of a call that nobody may look for: refused if nothing was tried, else nobody knows. */
function endWithout(call: ActionCall, error: HaloError): Parameters<typeof settleCall>[3] {
  if (call.attempts === 0) return { state: "refused", error };
  return {
    state: "outcome_unknown",
    error: new VendorError(
      `Nobody can tell whether this happened, and it is not tried again: look for ${call.id} at the vendor.`,
      { code: "outcome_unknown", reason: error.code },
    ),
  };
}

function fitting<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
