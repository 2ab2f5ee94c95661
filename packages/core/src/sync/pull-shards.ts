import type { PullMode } from "../define/stream.ts";
import { isHaloError, VendorError } from "../errors.ts";
import type { RunPhase, ShardState } from "../ports/run-store.ts";
import { expectedRecords, newShard } from "./commit-pages.ts";
import { type Reading, readShard } from "./read-shard.ts";
import type { RunScope } from "./run-scope.ts";
import { createTurns } from "./turns.ts";

/** Shards of a run that are open at once. Few of them ask for a page at a time, see `Turns`. */
const maxOpen = 64;

/** Pages that are asked for at once, where the definition does not say how many calls may be under way. */
const defaultWidth = 10;

/** How often a shard whose cursor the vendor no longer takes is begun anew (F29). */
const maxRestarts = 2;

/** Reads every shard of a phase that is not done, several beside each other. True when all are done. */
export async function pullShards(scope: RunScope, phase: RunPhase, mode: PullMode): Promise<boolean> {
  const { engine, slice, stream, run } = scope;
  const since =
    phase === "settle" ? run.beganAt && new Date(run.beganAt.getTime() - (stream.overlapMs ?? 0)) : run.since;
  const pull = scope.pullScope(mode, since);
  let shards = await engine.storage.runs.shards(slice.lease, phase);
  if (shards.length === 0) {
    const planned = (await stream.shards?.(pull)) ?? [{ id: "all" }];
    shards = await engine.storage.runs.planShards(slice.lease, phase, planned.map(newShard));
    const expected = expectedRecords(planned);
    if (phase === "pull" && expected > 0) await scope.change({ expectedRecords: expected });
  }
  let failure: { readonly error: unknown } | undefined;
  const open = new Set<Promise<void>>();
  const waiting: ShardState[] = [];
  const known = new Set<string>();
  const reading: Reading = {
    scope,
    phase,
    mode,
    since,
    turns: await createTurns(scope.integration.http.concurrency ?? defaultWidth),
    unstored: 0,
    stopped: () => failure !== undefined || slice.ending(),
    begin: (more) => {
      // The longest first: what is begun last should end soon.
      for (const shard of more) {
        if (!known.has(shard.id)) waiting.push(shard);
        known.add(shard.id);
      }
      waiting.sort((a, b) => (b.expectedPages ?? 0) - (a.expectedPages ?? 0));
      while (waiting.length > 0 && open.size < maxOpen) {
        const reader: Promise<void> = read().finally(() => open.delete(reader));
        open.add(reader);
      }
    },
  };
  const read = async () => {
    for (let shard = waiting.shift(); shard && !reading.stopped(); shard = waiting.shift()) {
      try {
        await pullShard(reading, shard);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  for (const { id, done } of shards) if (done) known.add(id);
  reading.begin(shards.filter((shard) => !shard.done));
  // Those that are being read may find others.
  while (open.size > 0) await Promise.all(open);
  if (failure) throw failure.error;
  const after = await engine.storage.runs.shards(slice.lease, phase);
  return after.every((shard) => shard.done);
}

async function pullShard(reading: Reading, first: ShardState): Promise<void> {
  const { scope, phase } = reading;
  let shard = first;
  for (;;) {
    try {
      await readShard(reading, shard);
      return;
    } catch (error) {
      if (!isHaloError(error) || !(error instanceof VendorError) || error.reason !== "cursor_expired")
        throw error;
      if (shard.restarts >= maxRestarts) throw error;
      await scope.log("warn", "The vendor no longer takes the cursor: this part begins anew", {
        shard: shard.id,
      });
      shard = await scope.engine.storage.runs.restartShard(scope.slice.lease, phase, shard.id);
    }
  }
}
