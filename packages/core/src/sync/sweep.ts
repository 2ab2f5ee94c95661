import { mirrorTable } from "../define/integration.ts";
import { tellSyncFailure } from "../notify/sync-errors.ts";
import type { RunScope } from "./run-scope.ts";

/** A sweep that would take away more than both of these stops and asks a person (the deletion guard). */
const guardShare = 0.05;
const guardRows = 100;
const batch = 500;

/**
 * The end of a full resync: what the vendor did not show any more is gone there, and becomes a tombstone. True when
 * the sweep is through; a run that the guard stopped is finished with `needs_confirmation`.
 */
export async function sweep(scope: RunScope): Promise<boolean> {
  const { engine, slice, integration, stream, connection, run } = scope;
  const table = mirrorTable(integration, stream.id);
  const before = run.beganAt;
  if (!before) return true;
  for (;;) {
    if (slice.ending()) return false;
    slice.signal.throwIfAborted();
    const found = await engine.storage.pages.unseen(slice.lease, {
      connectionId: connection.id,
      table,
      before,
      limit: batch,
    });
    if (found.keys.length === 0) return true;
    const tooMany = found.unseen > guardRows && found.unseen > guardShare * found.live;
    if (tooMany && run.options.confirmed !== true) {
      const error = {
        code: "needs_confirmation",
        message: `${found.unseen} of ${found.live} records are no longer shown by the vendor. Confirm the run if they are meant to go, or start another full resync.`,
      };
      await tellSyncFailure(engine, connection, run, error);
      scope.run = await engine.storage.runs.finish(slice.lease, {
        status: "needs_confirmation",
        at: new Date(engine.clock.now()),
        error,
      });
      scope.finished = true;
      await scope.log("warn", "Stopped before deleting", { unseen: found.unseen, live: found.live });
      engine.events.emit("run.finished", { orgId: run.orgId, run: scope.run });
      return true;
    }
    const observedAt = scope.vendorNow();
    await engine.storage.pages.commit({
      lease: slice.lease,
      orgId: connection.orgId,
      connectionId: connection.id,
      integration: integration.id,
      table,
      stream: stream.id,
      records: [],
      quarantine: [],
      tombstones: found.keys.map((key) => ({
        key,
        deletedAt: observedAt,
        observedAt,
        mergedInto: undefined,
        purge: false,
      })),
      at: new Date(engine.clock.now()),
    });
    await scope.log("info", "Swept", { records: found.keys.length });
  }
}
