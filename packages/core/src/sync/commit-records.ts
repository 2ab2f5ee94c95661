import type { ReadResult, Tombstone } from "../define/stream.ts";
import type { PageCommit, PageResult } from "../ports/page-store.ts";
import { commitTarget, prepare } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";

/** Reads single records for a run, and stores them with the place that the run has come to. */
export async function readAndCommit(
  scope: RunScope,
  keys: readonly string[],
  progress: NonNullable<PageCommit["progress"]>,
  options: { readonly reindex: boolean },
): Promise<PageResult> {
  const { engine, slice, integration, stream, connection } = scope;
  const read = stream.read;
  const observedAt = scope.vendorNow();
  const records: unknown[] = [];
  const tombstones: Tombstone[] = [];
  const batch = stream.readBatch ?? 100;
  for (let at = 0; read && at < keys.length; at += batch) {
    const result: ReadResult = await read({
      ...scope.pullScope({ kind: "incremental" }, scope.run.since),
      keys: keys.slice(at, at + batch).map((key) => ({ key })),
    });
    records.push(...result.records);
    tombstones.push(...(result.tombstones ?? []), ...result.missing.map((key) => ({ key })));
  }
  const prepared = prepare(records, tombstones, {
    integration,
    stream,
    connectionId: connection.id,
    refs: scope.refs,
    domains: engine.domains,
    settings: connection.settings,
    observedAt,
    now: engine.clock.now(),
    priority: 1,
    reindex: options.reindex,
  });
  const result = await engine.storage.pages.commit({
    ...commitTarget(integration, stream),
    ...prepared,
    lease: slice.lease,
    orgId: connection.orgId,
    connectionId: connection.id,
    at: new Date(engine.clock.now()),
    progress,
  });
  engine.events.emit("run.progressed", {
    orgId: connection.orgId,
    run: scope.run,
    read: prepared.records.length,
  });
  return result;
}
