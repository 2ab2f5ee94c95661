import type { Engine } from "../engine/engine.ts";

const pageSize = 500;

/**
 * Has the index of every org with a connection looked at once, so that a process that came with a new embedder fills
 * its space also where nothing new comes in. A few reads and wakes for hundreds of orgs; a store that fails here is
 * logged, since the next document or start of a process does the same.
 */
export async function wakeIndexing(engine: Engine, signal: AbortSignal): Promise<void> {
  const { storage, logger } = engine;
  if (!engine.embedder) return;
  const woken = new Set<string>();
  try {
    for (let after: string | undefined; !signal.aborted; ) {
      const page = await storage.connections.routes(after, pageSize);
      const orgs = new Set(page.map(({ orgId }) => orgId).filter((orgId) => !woken.has(orgId)));
      if (orgs.size > 0)
        await storage.leases.wake([...orgs].map((orgId) => ({ kind: "index", orgId, subject: orgId })));
      for (const orgId of orgs) woken.add(orgId);
      after = page.at(-1)?.connectionId;
      if (page.length < pageSize) return;
    }
  } catch (error) {
    logger.warn("Not every org's index could be looked at", {
      error: error instanceof Error ? error.name : "unknown",
    });
  }
}
