import type { Engine } from "../engine/engine.ts";
import { integrationOf } from "../engine/engine.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { TombstoneRow } from "../ports/page-store.ts";
import { commitTarget } from "../sync/prepare.ts";
import type { Again, Slice } from "../work/slice.ts";

/** A setting of Halo's own: everything that the connection brought is to go. */
export const ERASE_SETTING = "erase";

export const isToErase = ({ settings }: Pick<Connection, "settings">): boolean => ERASE_SETTING in settings;

const batch = 200;
/** What a vendor's clock that is ahead of ours showed can only be told from what is newer once ours is there. */
const clockWaitMs = 5 * 60_000;
const runWaitMs = 2_000;

/**
 * Purges what the connection brought, stream by stream: rows with what they held, those that were deleted before and those
 * in quarantine too, and with them documents, facts, claims, links and shared rows; then the events that it was sent. What is purged holds nothing any more
 * and is not found again, so that a crash costs nothing. Undefined when nothing is left.
 */
export async function eraseConnection(engine: Engine, slice: Slice, connection: Connection): Promise<Again> {
  const { clock, storage } = engine;
  const { id: connectionId, orgId } = connection;
  const integration = integrationOf(engine, connection.integration);
  // A page that is being written now would come behind us; a disconnected connection's runs end by themselves.
  const active = await storage.runs.list(orgId, { connectionId, active: true });
  if (active.length > 0) return new Date(clock.now() + runWaitMs);
  for (const stream of integration.streams) {
    const target = commitTarget(integration, stream);
    const quarantined = (await storage.runs.quarantine(orgId, { connectionId, limit: 10_000 }))
      .filter((one) => one.stream === stream.id)
      .map(({ key }) => key);
    let after: string | undefined;
    for (let more = true; more; ) {
      if (slice.ending()) return new Date(clock.now());
      slice.signal.throwIfAborted();
      const kept = await storage.pages.kept(orgId, connectionId, target.table, { after, limit: batch });
      more = kept.length === batch;
      after = kept.at(-1);
      const at = new Date(clock.now());
      const keys = new Set([...kept, ...quarantined.splice(0, batch)]);
      more ||= quarantined.length > 0;
      if (keys.size === 0) break;
      await storage.pages.commit({
        ...target,
        lease: slice.lease,
        orgId,
        connectionId,
        records: [],
        tombstones: [...keys].map((key) => purged(key, at)),
        quarantine: [],
        at,
      });
    }
    const left = await storage.pages.kept(orgId, connectionId, target.table, { after: undefined, limit: 1 });
    if (left.length > 0) return new Date(clock.now() + clockWaitMs);
  }
  await storage.deliveries.forget(slice.lease, connectionId);
  await forgetMark(engine, connection);
  engine.events.emit("connection.erased", { orgId, connectionId, integration: integration.id });
  return undefined;
}

const purged = (key: string, at: Date): TombstoneRow => ({
  key,
  deletedAt: at,
  observedAt: at,
  mergedInto: undefined,
  purge: true,
});

async function forgetMark({ storage }: Engine, { id, orgId }: Connection): Promise<void> {
  const now = await storage.connections.get(orgId, id);
  if (!now) return;
  const { [ERASE_SETTING]: _done, ...settings } = now.settings;
  await storage.connections.change(orgId, id, { settings }, now.revision);
}
