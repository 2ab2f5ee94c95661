import type { IntegrationDefinition } from "../define/integration.ts";
import type { Connection, Mode } from "../ports/connection-store.ts";

const whenUnset = { ingest: true, actions: true, notifications: false } as const;

/** Whether a mode is on for a connection: unset ingest and actions are on, unset notifications are off. */
export function modeIsOn(
  integration: IntegrationDefinition,
  connection: Pick<Connection, "modes">,
  mode: Mode,
): boolean {
  return integration.modes[mode] && (connection.modes[mode] ?? whenUnset[mode]);
}

/** The gate of everything that comes in: schedule, runs, webhooks. Asked again whenever work is taken up. */
export function mayIngest(
  integration: IntegrationDefinition,
  connection: Pick<Connection, "modes" | "state">,
): boolean {
  return connection.state === "connected" && modeIsOn(integration, connection, "ingest");
}
