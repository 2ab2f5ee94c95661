import type { Engine } from "../engine/engine.ts";
import type { Wake } from "../ports/lease-store.ts";

const pageSize = 500;

/**
 * Has every connection's schedule and every org's index looked at once when a worker starts: a connection whose process
 * died between storing it and starting its first sync gets its sync (F08), and a new embedder's space is filled also
 * where nothing new comes in. A few reads and wakes for hundreds of orgs; a store that fails here is logged.
 */
export async function wakeAtStart(engine: Engine, signal: AbortSignal): Promise<void> {
  const { storage, logger } = engine;
  const orgs = new Set<string>();
  try {
    for (let after: string | undefined; !signal.aborted; ) {
      const page = await storage.connections.routes(after, pageSize);
      const wakes: Wake[] = [];
      for (const { orgId, connectionId, integration } of page) {
        if (engine.integrations.get(integration)?.schedule) {
          wakes.push({ kind: "schedule", orgId, subject: connectionId });
        }
        if (engine.embedder && !orgs.has(orgId)) wakes.push({ kind: "index", orgId, subject: orgId });
        orgs.add(orgId);
      }
      if (wakes.length > 0) await storage.leases.wake(wakes);
      after = page.at(-1)?.connectionId;
      if (page.length < pageSize) return;
    }
  } catch (error) {
    logger.warn("Not everything could be looked at when the worker started", {
      error: error instanceof Error ? error.name : "unknown",
    });
  }
}
