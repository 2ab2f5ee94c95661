import { checkConfig } from "../actions/check.ts";
import type { AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { ActionGates, GatesSeen } from "../ports/action-store.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { ActionGate } from "./action-gates.ts";
import { modeIsOn } from "./modes.ts";

export interface ClosedGate {
  readonly gate: ActionGate;
  /** What to do about it. */
  readonly message: string;
}

/** What stands behind the gates that are asked before the arguments are looked at. */
export interface OpenGates {
  readonly connection: Connection;
  /** The agent's configuration of the action, as its schema reads it now. */
  readonly config: unknown;
  readonly seen: GatesSeen;
}

export type GatesAnswer = { readonly closed: ClosedGate } | { readonly open: OpenGates };

/** The gates from connection to agent's action, in their order: the first closed one, or what is behind them all. */
export function askGates(
  integration: IntegrationDefinition,
  action: AnyAction,
  gates: ActionGates,
  named?: string,
): GatesAnswer {
  const closed = (gate: ActionGate, message: string): GatesAnswer => ({ closed: { gate, message } });
  if (gates.stopped) return closed("stopped", "All actions are stopped: somebody has to resume them.");
  const connection = theConnection(integration, gates.connections, named);
  if (typeof connection === "string") return closed("connection", connection);
  if (!modeIsOn(integration, connection, "actions")) {
    return closed("mode", `The actions of ${integration.name} are off: turn its mode "actions" on.`);
  }
  const { agent, agentAction } = gates;
  if (!agent) return closed("agent", "There is no such agent: create it with agents.upsert.");
  if (!agent.active) return closed("agent", "The agent is not active.");
  if (agentAction?.enabled !== true) {
    return closed("agent_action", `The agent does not have "${action.id}" enabled: use agents.setAction.`);
  }
  let config: unknown;
  try {
    config = checkConfig(action, agentAction.config);
  } catch {
    // Written for another version of the action.
    return closed("agent_action", `The configuration of "${action.id}" fits no longer: set it again.`);
  }
  return {
    open: {
      connection,
      config,
      seen: {
        agentActionRevision: agentAction.revision,
        connectionId: connection.id,
        generation: connection.generation,
      },
    },
  };
}

/** The connection that is meant, never a guess among several; or what is wrong. */
function theConnection(
  { name }: IntegrationDefinition,
  all: readonly Connection[],
  named: string | undefined,
): Connection | string {
  const candidates = named === undefined ? all : all.filter(({ id }) => id === named);
  const [usable, ...others] = candidates.filter(({ state }) => state === "connected");
  if (usable && others.length === 0) return usable;
  if (usable) return `The org has several connections to ${name}: name one.`;
  const [newest] = candidates;
  if (!newest) return named === undefined ? `${name} is not connected.` : `${name} has no such connection.`;
  return newest.state === "auth_error"
    ? `${name} no longer accepts the connection: reconnect it.`
    : `${name} was disconnected: connect it again.`;
}
