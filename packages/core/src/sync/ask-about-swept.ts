import type { Tombstone } from "../define/stream.ts";
import { type Prepared, prepare } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";

/**
 * What becomes of records that a list no longer shows: the vendor is asked about each of `keys`, since one that was
 * erased has to be forgotten (F33), one that was merged lives on in another, and one that is there after all stays. Of
 * whatever is gone the deletion counts from now: the vendor may have told an earlier time than the record's last change.
 */
export async function askAboutSwept(scope: RunScope, keys: readonly string[]): Promise<Prepared> {
  const { connection, engine, integration, stream } = scope;
  const observedAt = scope.vendorNow();
  const answer =
    stream.read && keys.length > 0
      ? await stream.read({
          ...scope.pullScope({ kind: "incremental" }, scope.run.since),
          keys: keys.map((key) => ({ key })),
        })
      : { records: [], missing: keys };
  const { tombstones = [] } = answer;
  const prepared = prepare(
    answer.records,
    tombstones.map(({ key, mergedInto, purge }): Tombstone => ({ key, mergedInto, purge: purge ?? false })),
    {
      integration,
      stream,
      connectionId: connection.id,
      refs: scope.refs,
      domains: engine.domains,
      observedAt,
      now: engine.clock.now(),
      priority: 0,
      reindex: false,
    },
  );
  const known = new Set(
    [...prepared.records, ...prepared.quarantine, ...prepared.tombstones].map(({ key }) => key),
  );
  const gone = keys.filter((key) => !known.has(key));
  return { ...prepared, tombstones: [...prepared.tombstones, ...goneAt(gone, observedAt)] };
}

/** Records that are gone, as far as anybody can tell. */
export function goneAt(keys: readonly string[], observedAt: Date): Prepared["tombstones"] {
  return keys.map((key) => ({ key, deletedAt: observedAt, observedAt, mergedInto: undefined, purge: false }));
}
