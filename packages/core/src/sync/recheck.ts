import { mirrorTable } from "../define/integration.ts";
import { readAndCommit } from "./commit-records.ts";
import { afterKey, keyWalk } from "./key-walk.ts";
import type { RunScope } from "./run-scope.ts";

/** Batches asked for beside each other. */
const width = 4;

/**
 * Compares what moves no timestamp at the vendor (associations) with what is stored, and reads the records that
 * differ. True when every key has been looked at.
 */
export async function recheck(scope: RunScope): Promise<boolean> {
  const { engine, slice, stream, connection, integration, run } = scope;
  const check = stream.recheck;
  if (!check) return true;
  const shard = await keyWalk(scope, "recheck");
  if (shard.done) return true;
  const table = mirrorTable(integration, stream.id);
  let after = afterKey(shard);
  for (;;) {
    if (slice.ending()) return false;
    slice.signal.throwIfAborted();
    const known = await engine.storage.pages.keys(connection.orgId, connection.id, table, {
      after,
      limit: check.batchSize * width,
    });
    const done = known.length < check.batchSize * width;
    const pull = scope.pullScope({ kind: "incremental" }, run.since);
    const batches: (typeof known)[] = [];
    for (let at = 0; at < known.length; at += check.batchSize)
      batches.push(known.slice(at, at + check.batchSize));
    const answers = await Promise.all(
      batches.map((batch) =>
        check.read({
          ...pull,
          keys: batch.map((row) => row.key),
          fingerprints: new Map(batch.map((row) => [row.key, row.fingerprint])),
        }),
      ),
    );
    const changed = batches.flatMap((batch, index) => {
      const now = answers[index];
      return batch.filter(({ key, fingerprint }) => {
        const there = now?.get(key);
        return there !== undefined && there !== fingerprint;
      });
    });
    after = known.at(-1)?.key ?? after;
    if (changed.length > 0)
      await scope.log("info", "Changes without a timestamp", { records: changed.length });
    await readAndCommit(
      scope,
      changed.map((row) => row.key),
      {
        runId: run.id,
        phase: "recheck",
        shardId: shard.id,
        cursor: after ?? null,
        done,
        pages: batches.length,
        noteKeys: false,
      },
      { reindex: false },
    );
    if (done) return true;
  }
}
