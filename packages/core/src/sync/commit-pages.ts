import type { Json } from "../define/json.ts";
import type { Shard } from "../define/stream.ts";
import type { NewShard, RunPhase, ShardState } from "../ports/run-store.ts";
import { commitTarget, type Prepared } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";
import { sweepsAfter } from "./sweeps-after.ts";

/** Records of one commit, at most (I1). A single page that is larger is a commit of its own. */
export const maxRecords = 1_000;

/** One page of a shard, ready to store. */
export interface ReadPage extends Prepared {
  readonly cursor: Json;
  readonly done: boolean;
  readonly found: readonly Shard[];
}

export const recordsOf = (pages: readonly ReadPage[]) =>
  pages.reduce((sum, page) => sum + page.records.length, 0);

export const newShard = ({ id, params, pages }: Shard): NewShard => ({ id, params, expectedPages: pages });

/** A shard that was just stored. */
export const begun = (shard: Shard, phase: RunPhase): ShardState => ({
  ...newShard(shard),
  phase,
  cursor: undefined,
  done: false,
  restarts: 0,
});

export const expectedRecords = (shards: readonly Shard[]) =>
  shards.reduce((sum, shard) => sum + (shard.records ?? 0), 0);

/** The pages from the front that fit one commit: whole ones, at least one. */
export function takeWhole(read: ReadPage[]): readonly ReadPage[] {
  let records = 0;
  let count = 0;
  for (const page of read) {
    records += page.records.length;
    if (count > 0 && records > maxRecords) break;
    count += 1;
  }
  return read.splice(0, count);
}

/** Stores whole consecutive pages of a shard, and where it stands after them, in one transaction. */
export async function commitPages(
  scope: RunScope,
  phase: RunPhase,
  shardId: string,
  pages: readonly ReadPage[],
): Promise<void> {
  const { engine, slice, integration, stream, connection, run } = scope;
  const last = pages.at(-1);
  if (!last) return;
  const merged = mergePages(pages);
  const found = pages.flatMap((page) => page.found);
  const more = phase === "pull" ? expectedRecords(found) : 0;
  const result = await engine.storage.pages.commit({
    ...commitTarget(integration, stream),
    ...merged,
    lease: slice.lease,
    orgId: connection.orgId,
    connectionId: connection.id,
    at: new Date(engine.clock.now()),
    progress: {
      runId: run.id,
      phase,
      shardId,
      cursor: last.cursor,
      done: last.done,
      pages: pages.length,
      noteKeys: sweepsAfter(run, stream),
      ...(found.length > 0 && { found: { shards: found.map(newShard), records: more } }),
    },
  });
  const { counters, expectedRecords: expected } = scope.run;
  scope.run = {
    ...scope.run,
    expectedRecords: more > 0 ? (expected ?? 0) + more : expected,
    counters: {
      read: counters.read + merged.records.length + merged.quarantine.length,
      written: counters.written + result.written,
      unchanged: counters.unchanged + result.unchanged,
      deleted: counters.deleted + result.deleted,
      quarantined: counters.quarantined + merged.quarantine.length,
      pages: counters.pages + pages.length,
    },
  };
  // A page came through: whatever failed before is over.
  if (scope.run.failures > 0 || scope.run.error) await scope.change({ failures: 0, error: undefined });
  if (merged.quarantine.length > 0) {
    const { key, reason } = merged.quarantine[0] ?? { key: "", reason: "" };
    await scope.log("warn", "Records were set aside", { count: merged.quarantine.length, key, reason });
  }
  engine.events.emit("run.progressed", { orgId: run.orgId, run: scope.run, read: merged.records.length });
}

/** A record that stands in two pages of a commit is written once, with the later page's. */
function mergePages(pages: readonly ReadPage[]): Prepared {
  if (pages.length === 1 && pages[0]) return pages[0];
  const records = new Map(pages.flatMap((page) => page.records).map((row) => [row.key, row]));
  const tombstones = new Map(pages.flatMap((page) => page.tombstones).map((row) => [row.key, row]));
  return {
    records: [...records.values()],
    tombstones: [...tombstones.values()],
    quarantine: pages.flatMap((page) => page.quarantine),
    // Of one key the store takes the first; its record is new, or it is not.
    notifications: pages.flatMap((page) => page.notifications),
  };
}
