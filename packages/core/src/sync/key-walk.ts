import type { RunPhase, ShardState } from "../ports/run-store.ts";
import type { RunScope } from "./run-scope.ts";

/** The one shard of a phase that walks over stored keys; its cursor is the last key it has done. */
export async function keyWalk(scope: RunScope, phase: RunPhase): Promise<ShardState> {
  const { engine, slice } = scope;
  const known = await engine.storage.runs.shards(slice.lease, phase);
  const shards =
    known.length > 0
      ? known
      : await engine.storage.runs.planShards(slice.lease, phase, [
          { id: "keys", params: undefined, expectedPages: undefined },
        ]);
  const shard = shards[0];
  if (!shard) throw new Error(`The phase ${phase} has no shard.`);
  return shard;
}

/** The key that a walk's cursor stands for. */
export function afterKey(shard: ShardState): string | undefined {
  return typeof shard.cursor === "string" ? shard.cursor : undefined;
}
