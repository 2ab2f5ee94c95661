import { hash } from "node:crypto";
import type { Engine } from "../engine/engine.ts";
import { integrationOf } from "../engine/engine.ts";
import { mayIngest } from "../gate/modes.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { startSync } from "./start.ts";
import { nextOpening } from "./window.ts";

/**
 * A connection's schedule: one row of work that is due at each slot. A slot is taken once, by whichever process comes
 * first; after a downtime only the newest missed one is, so there is one catch-up and not one for every hour.
 */
export async function runSchedule(engine: Engine, slice: Slice): Promise<Again> {
  const { storage, clock } = engine;
  const { orgId, subject } = slice.lease;
  const connection = await storage.connections.get(orgId, subject);
  if (!connection || connection.state === "disconnected") return undefined;
  const everyMs = integrationOf(engine, connection.integration).schedule?.everyMs;
  if (!everyMs) return undefined;
  const now = clock.now();
  await startFirst(engine, connection);
  const due = slotBefore(connection.id, everyMs, now);
  if (
    due > connection.createdAt.getTime() &&
    (await storage.leases.takeSlot(`sync:${connection.id}`, new Date(due)))
  ) {
    await startDue(engine, connection, now);
  }
  const next = new Date(slotBefore(connection.id, everyMs, now) + everyMs);
  if (connection.nextSyncAt?.getTime() !== next.getTime()) {
    await storage.connections.change(orgId, connection.id, { nextSyncAt: next });
  }
  return next;
}

/** A connection whose process died before it started the first sync (F08) has no run at all. */
async function startFirst(engine: Engine, connection: Connection): Promise<void> {
  if (!mayIngest(integrationOf(engine, connection.integration), connection)) return;
  const [any] = await engine.storage.runs.list(connection.orgId, { connectionId: connection.id, limit: 1 });
  if (!any) await startSync(engine, connection, { trigger: "connect", mode: "backfill" });
}

async function startDue(engine: Engine, connection: Connection, now: number): Promise<void> {
  const integration = integrationOf(engine, connection.integration);
  if (!mayIngest(integration, connection)) return;
  const opening = nextOpening(connection.settings.window, now);
  await startSync(engine, connection, {
    trigger: "schedule",
    mode: "incremental",
    ...(opening > now ? { at: new Date(opening) } : {}),
  });
}

/**
 * The newest slot that is not after `now`. Slots lie on a grid of `everyMs` in UTC, shifted for each connection by a
 * fixed share of it, so that a thousand connections do not begin in the same second.
 */
export function slotBefore(connectionId: string, everyMs: number, now: number): number {
  const shift = Number.parseInt(hash("sha256", connectionId, "hex").slice(0, 8), 16) % everyMs;
  return Math.floor((now - shift) / everyMs) * everyMs + shift;
}
