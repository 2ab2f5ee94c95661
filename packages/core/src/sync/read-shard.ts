import { hash } from "node:crypto";
import type { Page, PullMode } from "../define/stream.ts";
import { VendorError } from "../errors.ts";
import { recordNotifier } from "../notify/record-notifier.ts";
import type { RunPhase, ShardState } from "../ports/run-store.ts";
import { canonicalJson } from "../storable-json.ts";
import { begun, commitPages, maxRecords, type ReadPage, recordsOf, takeWhole } from "./commit-pages.ts";
import { prepare } from "./prepare.ts";
import type { RunScope } from "./run-scope.ts";
import type { Turns } from "./turns.ts";

/** Records that a run has read and not stored, at most, give or take a page of each open shard (memory). */
const maxUnstored = 4_000;

/** A cursor that comes back this often is a vendor going in circles (F28). */
const maxRepeats = 3;

/** What the shards of one phase share while they are read. */
export interface Reading {
  readonly scope: RunScope;
  readonly phase: RunPhase;
  readonly mode: PullMode;
  readonly since: Date | undefined;
  readonly turns: Turns;
  /** Records that were read and are not stored. */
  unstored: number;
  /** Whether no further page should be asked for. */
  readonly stopped: () => boolean;
  /** Reads these too: beside the others, or when one of them is through. */
  readonly begin: (shards: readonly ShardState[]) => void;
}

/** Reads ahead of the store by one commit: while one is written, the next pages are asked for. */
export async function readShard(reading: Reading, shard: ShardState): Promise<void> {
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
      await commitPages(scope, phase, shard.id, whole);
      hold(-recordsOf(whole));
      reading.begin(whole.flatMap((page) => page.found).map((found) => begun(found, phase)));
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
      const rows = toRows(scope, mode, result.value, observedAt);
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

function toRows(scope: RunScope, mode: PullMode, page: Page, observedAt: Date): ReadPage {
  const { engine, integration, stream, connection, refs, run } = scope;
  const prepared = prepare(page.records, page.tombstones ?? [], {
    integration,
    stream,
    connectionId: connection.id,
    refs,
    domains: engine.domains,
    settings: connection.settings,
    observedAt,
    now: engine.clock.now(),
    priority: run.since === undefined ? 0 : 1,
    reindex: run.mode === "email_catch_up",
    notify: recordNotifier(engine, integration, stream, connection, mode.kind),
  });
  return { ...prepared, cursor: page.cursor, done: page.done, found: page.shards ?? [] };
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
