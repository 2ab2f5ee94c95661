import { hash } from "node:crypto";
import type { Json } from "../define/json.ts";
import type { Page, PullMode } from "../define/stream.ts";
import { isHaloError, VendorError } from "../errors.ts";
import type { RunPhase, ShardState } from "../ports/run-store.ts";
import { canonicalJson } from "../storable-json.ts";
import { commitTarget, type Prepared, prepare } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";
import { createTurns, type Turns } from "./turns.ts";

/** Records of one commit, at most (I1). A single page that is larger is a commit of its own. */
const maxRecords = 1_000;

/** Records that a run has read and not stored, at most, give or take a page of each open shard (memory). */
const maxUnstored = 4_000;

/** Shards of a run that are open at once. Few of them ask for a page at a time, see `Turns`. */
const maxOpen = 64;

/** Pages that are asked for at once, where the definition does not say how many calls may be under way. */
const defaultWidth = 10;

/** A cursor that comes back this often is a vendor going in circles (F28). */
const maxRepeats = 3;

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
    shards = await engine.storage.runs.planShards(
      slice.lease,
      phase,
      planned.map((shard) => ({ id: shard.id, params: shard.params, expectedPages: shard.pages })),
    );
    const expected = planned.reduce((sum, shard) => sum + (shard.records ?? 0), 0);
    if (phase === "pull" && expected > 0) await scope.change({ expectedRecords: expected });
  }
  // The longest first: what is begun last should end soon.
  const waiting = shards
    .filter((shard) => !shard.done)
    .sort((a, b) => (b.expectedPages ?? 0) - (a.expectedPages ?? 0));
  const reading: Reading = {
    scope,
    phase,
    mode,
    since,
    turns: await createTurns(scope.integration.http.concurrency ?? defaultWidth),
    unstored: 0,
    stopped: () => failure !== undefined || slice.ending(),
  };
  let failure: { readonly error: unknown } | undefined;
  const reader = async () => {
    while (!reading.stopped()) {
      const shard = waiting.shift();
      if (!shard) return;
      try {
        await pullShard(reading, shard);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxOpen, waiting.length) }, reader));
  if (failure) throw failure.error;
  const after = await engine.storage.runs.shards(slice.lease, phase);
  return after.every((shard) => shard.done);
}

/** What the shards of one phase share while they are read. */
interface Reading {
  readonly scope: RunScope;
  readonly phase: RunPhase;
  readonly mode: PullMode;
  readonly since: Date | undefined;
  readonly turns: Turns;
  /** Records that were read and are not stored. */
  unstored: number;
  /** Whether no further page should be asked for. */
  readonly stopped: () => boolean;
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

interface ReadPage extends Prepared {
  readonly cursor: Json;
  readonly done: boolean;
}

/** Reads ahead of the store by one commit: while one is written, the next pages are asked for. */
async function readShard(reading: Reading, shard: ShardState): Promise<void> {
  const { scope, phase, mode, since, turns, stopped } = reading;
  const { slice, stream } = scope;
  const description = {
    id: shard.id,
    ...(shard.params === undefined ? {} : { params: shard.params }),
    ...(shard.expectedPages === undefined ? {} : { pages: shard.expectedPages }),
  };
  const pages = stream
    .pull({ ...scope.pullScope(mode, since), shard: description, cursor: shard.cursor })
    [Symbol.asyncIterator]();
  const circles = circleGuard();
  const read: ReadPage[] = [];
  let pagesLeft = shard.expectedPages ?? 0;
  let held = 0;
  let writing: Promise<void> | undefined;
  let failed: { readonly error: unknown } | undefined;

  const hold = (records: number) => {
    held += records;
    reading.unstored += records;
  };
  const write = async () => {
    while (read.length > 0) {
      const whole = takeWhole(read);
      await commit(scope, phase, shard.id, whole);
      hold(-recordsOf(whole));
    }
  };
  const startWriting = () => {
    writing ??= write()
      .catch((error: unknown) => {
        failed ??= { error };
      })
      .finally(() => {
        writing = undefined;
      });
  };
  const nextPage = () =>
    turns.take(pagesLeft, async () => {
      if (failed || stopped()) return undefined;
      slice.signal.throwIfAborted();
      const observedAt = scope.vendorNow();
      return { observedAt, result: await pages.next() };
    });
  try {
    for (;;) {
      const next = await nextPage();
      // A commit failed meanwhile: what was read after it must not be stored, or its pages would be skipped for ever.
      if (failed || next === undefined) break;
      const { observedAt, result } = next;
      if (result.done) throw new VendorError(`The stream "${stream.id}" ended a shard without saying done.`);
      circles(result.value);
      const rows = toRows(scope, result.value, observedAt);
      hold(rows.records.length);
      read.push(rows);
      pagesLeft -= 1;
      startWriting();
      if (result.value.done) break;
      // Never hold more than a commit's worth that is not stored, nor all shards together more than the run may.
      while (writing && (recordsOf(read) >= maxRecords || reading.unstored >= maxUnstored)) await writing;
    }
    while (writing) await writing;
    if (failed) throw failed.error;
  } finally {
    while (writing) await writing;
    hold(-held);
    await pages.return?.();
  }
}

const recordsOf = (pages: readonly ReadPage[]) => pages.reduce((sum, page) => sum + page.records.length, 0);

function toRows(scope: RunScope, page: Page, observedAt: Date): ReadPage {
  const { engine, integration, stream, connection, refs, run } = scope;
  const prepared = prepare(page.records, page.tombstones ?? [], {
    integration,
    stream,
    connectionId: connection.id,
    refs,
    domains: engine.domains,
    observedAt,
    now: engine.clock.now(),
    priority: run.since === undefined ? 0 : 1,
    reindex: run.mode === "email_catch_up",
  });
  return { ...prepared, cursor: page.cursor, done: page.done };
}

/** The pages from the front that fit one commit: whole ones, at least one. */
function takeWhole(read: ReadPage[]): readonly ReadPage[] {
  let records = 0;
  let count = 0;
  for (const page of read) {
    records += page.records.length;
    if (count > 0 && records > maxRecords) break;
    count += 1;
  }
  return read.splice(0, count);
}

async function commit(
  scope: RunScope,
  phase: RunPhase,
  shardId: string,
  pages: readonly ReadPage[],
): Promise<void> {
  const { engine, slice, integration, stream, connection, run } = scope;
  const last = pages.at(-1);
  if (!last) return;
  const merged = mergePages(pages);
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
      noteKeys: run.mode === "full_resync",
    },
  });
  const { counters } = scope.run;
  scope.run = {
    ...scope.run,
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
  };
}

/** Throws when a shard's cursor comes back again and again. */
function circleGuard(): (page: Page) => void {
  const seen = new Map<string, number>();
  return (page) => {
    if (page.done) return;
    const text = canonicalJson(page.cursor);
    const key = text.length > 64 ? hash("sha256", text, "base64") : text;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times >= maxRepeats) {
      throw new VendorError(
        "The vendor repeats a page's cursor: the run stopped. Try a full resync later, and tell the vendor.",
        { code: "vendor_response_invalid", reason: "cursor_repeats" },
      );
    }
  };
}
