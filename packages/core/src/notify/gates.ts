import type { Engine } from "../engine/engine.ts";
import { modeIsOn } from "../gate/modes.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { NotificationDelivery, Subscription } from "../ports/notification-store.ts";
import type { KnownSink } from "./sinks.ts";
import { sourceGate } from "./type-facts.ts";

/** `open`: send it. `wait`: not yet, and it keeps its place. `closed`: somebody wants it not to be sent. */
export type GateAnswer =
  | { readonly gate: "open"; readonly connection: Connection | undefined }
  | { readonly gate: "wait"; readonly reason: string; readonly until: number }
  | { readonly gate: "closed"; readonly reason: string };

/** Until an admin reconnects; then it is sent within so long. */
const reconnectMs = 5 * 60_000;

/** Asked at the moment of sending: a mode that was turned off meanwhile counts for what is queued too. */
export async function notificationGates(
  engine: Engine,
  delivery: NotificationDelivery,
  sink: KnownSink | undefined,
  subscription: Subscription | undefined,
): Promise<GateAnswer> {
  if (!subscription?.enabled) return { gate: "closed", reason: "unsubscribed" };
  if (!sink) return { gate: "closed", reason: "no_sink" };
  if (!(await sourceIsOpen(engine, delivery))) return { gate: "closed", reason: "source_off" };
  if (sink.of === "host") return { gate: "open", connection: undefined };
  const { orgId, connectionId } = delivery;
  const connection = connectionId
    ? await engine.storage.connections.get(orgId, connectionId)
    : newestOf(await engine.storage.connections.list(orgId, sink.integration.id));
  if (!connection || connection.state === "disconnected") return { gate: "closed", reason: "disconnected" };
  if (!modeIsOn(sink.integration, connection, "notifications")) return { gate: "closed", reason: "mode_off" };
  const now = engine.clock.now();
  if (connection.state === "auth_error")
    return { gate: "wait", reason: "reconnect_required", until: now + reconnectMs };
  const blocked = connection.blockedUntil?.getTime() ?? 0;
  if (blocked > now) return { gate: "wait", reason: "rate_limited", until: blocked };
  return { gate: "open", connection };
}

/** The double gate: some types need the consent of the connection that they came from. */
async function sourceIsOpen(engine: Engine, delivery: NotificationDelivery): Promise<boolean> {
  const needs = sourceGate(delivery.type);
  if (needs === "any") return true;
  if (delivery.sourceConnectionId === undefined) return needs === "connected";
  const source = await engine.storage.connections.get(delivery.orgId, delivery.sourceConnectionId);
  if (!source || source.state === "disconnected") return false;
  if (needs === "connected") return true;
  const integration = engine.integrations.get(source.integration);
  return integration !== undefined && modeIsOn(integration, source, "notifications");
}

/** The newest connected one; the newest of all if none is. */
function newestOf(connections: readonly Connection[]): Connection | undefined {
  const rank = ({ state }: Connection) => (state === "connected" ? 2 : state === "auth_error" ? 1 : 0);
  return [...connections].sort(
    (a, b) => rank(b) - rank(a) || b.createdAt.getTime() - a.createdAt.getTime(),
  )[0];
}
