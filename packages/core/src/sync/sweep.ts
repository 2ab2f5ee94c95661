import { tellSyncFailure } from "../notify/sync-errors.ts";
import { askAboutSwept, goneAt } from "./ask-about-swept.ts";
import { keyWalk } from "./key-walk.ts";
import { commitTarget } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";

/** A sweep that would take away more than both of these stops and asks a person (the deletion guard). */
const guardShare = 0.05;
const guardRows = 100;
const batch = 500;

/** So many records of a run are asked about: a vendor may answer one call for each that is gone. */
const mostAsked = 2_000;

/**
 * The end of a full resync: what the vendor did not show any more is gone there, and becomes a tombstone. True when
 * the sweep is through; a run that the guard stopped is finished with `needs_confirmation`.
 */
export async function sweep(scope: RunScope): Promise<boolean> {
  const { engine, slice, integration, stream, connection, run } = scope;
  const target = commitTarget(integration, stream);
  const before = run.beganAt;
  if (!before) return true;
  const shard = await keyWalk(scope, "sweep");
  let asked = typeof shard.cursor === "number" ? shard.cursor : 0;
  for (;;) {
    if (slice.ending()) return false;
    slice.signal.throwIfAborted();
    const asks = stream.read !== undefined && asked < mostAsked;
    const found = await engine.storage.pages.unseen(slice.lease, {
      connectionId: connection.id,
      table: target.table,
      before,
      limit: asks ? Math.min(stream.readBatch ?? 100, mostAsked - asked) : batch,
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
    const prepared = asks
      ? await askAboutSwept(scope, found.keys)
      : { records: [], quarantine: [], tombstones: goneAt(found.keys, scope.vendorNow()) };
    if (asks) asked += found.keys.length;
    await engine.storage.pages.commit({
      ...target,
      ...prepared,
      lease: slice.lease,
      orgId: connection.orgId,
      connectionId: connection.id,
      at: new Date(engine.clock.now()),
      progress: {
        runId: run.id,
        phase: "sweep",
        shardId: shard.id,
        cursor: asked,
        done: false,
        pages: 0,
        // What is there after all is not swept again and again.
        noteKeys: true,
      },
    });
    await scope.log("info", "Swept", { records: prepared.tombstones.length });
    if (stream.read && !asks) {
      await scope.log("warn", "Swept without asking the vendor whether they were erased", {
        records: prepared.tombstones.length,
      });
    }
  }
}
