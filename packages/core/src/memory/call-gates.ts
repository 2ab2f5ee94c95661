import { ConflictError } from "../errors.ts";
import type { ActionCall, GatesSeen } from "../ports/action-store.ts";
import { everyOrg, type Org, type State, tuple } from "./state.ts";

/** Whether the actions of the org, or of all, stand still. */
export function isStopped(state: State, orgId: string): boolean {
  return [orgId, everyOrg].some((scope) => {
    const stop = state.stops.get(scope);
    return stop !== undefined && stop.resumedAt === undefined;
  });
}

/** Throws `conflict` when what the gates saw does not stand any more. */
export function requireGates(state: State, org: Org, call: ActionCall, seen: GatesSeen | undefined): void {
  const moved = seen && movedOn(state, org, call, seen);
  if (moved !== undefined)
    throw new ConflictError("What the gates saw does not stand any more: ask them again.", {
      current: moved,
    });
}

function movedOn(state: State, org: Org, call: ActionCall, seen: GatesSeen): string | undefined {
  if (isStopped(state, org.id)) return "stopped";
  if (org.agents.get(call.agentId)?.active !== true) return "agent";
  const action = org.agentActions.get(tuple(call.agentId, call.integration, call.action));
  if (action?.enabled !== true || action.revision !== seen.agentActionRevision) return "agent_action";
  const connection = org.connections.get(seen.connectionId);
  const stands =
    connection?.state === "connected" &&
    connection.integration === call.integration &&
    connection.generation === seen.generation &&
    connection.modes.actions !== false;
  return stands ? undefined : "connection";
}
