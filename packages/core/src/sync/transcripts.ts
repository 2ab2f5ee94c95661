import { cleanerVersion } from "../knowledge/cleaner-version.ts";
import { readAndCommit } from "./commit-records.ts";
import { afterKey, keyWalk } from "./key-walk.ts";
import type { RunScope } from "./run-scope.ts";

const batch = 200;

/** `backfill_transcripts`: reads again what has no text, or a text cleaned by an older version. */
export async function pullTranscripts(scope: RunScope): Promise<boolean> {
  const { engine, slice, stream, connection, run } = scope;
  const shard = await keyWalk(scope, "pull");
  if (shard.done) return true;
  let after = afterKey(shard);
  for (;;) {
    if (slice.ending()) return false;
    slice.signal.throwIfAborted();
    const keys = await engine.storage.knowledge.untranscribed(connection.orgId, connection.id, stream.id, {
      kinds: stream.transcriptKinds ?? [],
      cleanerVersion,
      after,
      limit: batch,
    });
    const done = keys.length < batch;
    after = keys.at(-1) ?? after;
    await readAndCommit(
      scope,
      keys,
      {
        runId: run.id,
        phase: "pull",
        shardId: shard.id,
        cursor: after ?? null,
        done,
        pages: 1,
        noteKeys: false,
      },
      { reindex: true },
    );
    if (done) return true;
  }
}
