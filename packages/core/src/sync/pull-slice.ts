import type { PullMode, PullScope } from "../define/stream.ts";
import type { Engine } from "../engine/engine.ts";
import { integrationOf, streamOf } from "../engine/engine.ts";
import { boundHttp } from "../engine/sessions.ts";
import { CancelledError } from "../errors.ts";
import { mayIngest } from "../gate/modes.ts";
import { tellSyncSuccess } from "../notify/sync-errors.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Run, RunPhase } from "../ports/run-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { afterFailure } from "./failure.ts";
import { heldBy, nothingHeld } from "./held.ts";
import { pullShards } from "./pull-shards.ts";
import { recheck } from "./recheck.ts";
import { logLine } from "./run-log.ts";
import type { RunScope } from "./run-scope.ts";
import { maySync, startSync } from "./start.ts";
import { sweep } from "./sweep.ts";
import { sweepsAfter } from "./sweeps-after.ts";
import { pullTranscripts } from "./transcripts.ts";

/** How often a slice looks whether somebody wants it to stop. */
const watchMs = 1_000;

/** A pull that took longer than this is followed by a settle pass, whatever its mode. */
const settleAfterMs = 5 * 60_000;

/** Where the vendor never said what time it is, ours less this is taken to be earlier than its. */
const unknownClockMs = 10 * 60_000;

/** Works one slice of a sync run: takes up where the last slice stopped, and stops at a page's end. */
export async function pullSlice(engine: Engine, slice: Slice): Promise<Again> {
  const { storage, clock } = engine;
  const { orgId, subject } = slice.lease;
  let run = await storage.runs.get(orgId, subject);
  if (!run || isOver(run)) return undefined;
  const connection = await storage.connections.get(orgId, run.connectionId);
  const refusal = refusalOf(engine, run, connection);
  if (refusal || !connection) {
    await end(engine, slice, run, "cancelled", {
      code: "cancelled",
      message: refusal ?? "The connection is gone.",
    });
    return undefined;
  }
  const blockedUntil = connection.blockedUntil;
  if (blockedUntil && blockedUntil.getTime() > clock.now()) return blockedUntil;

  const watching = new AbortController();
  const watcher = watch(engine, slice, run, watching.signal);
  try {
    const scope = await openScope(engine, slice, run, connection);
    run = scope.run;
    await work(scope);
    if (scope.finished) return undefined;
    return new Date(clock.now());
  } catch (error) {
    return await afterFailure(engine, slice, run, connection, error);
  } finally {
    watching.abort(new Error("the slice is over"));
    await watcher;
  }
}

/** Every phase in its order; returns early, with `finished` false, when the slice's time is up. */
async function work(scope: RunScope): Promise<void> {
  const phases: readonly RunPhase[] = ["pull", "settle", "recheck", "sweep"];
  while (scope.run.phase !== "done") {
    if (scope.slice.ending()) return;
    const phase = scope.run.phase;
    if (!(await phaseWork[phase](scope))) return;
    const next = phases[phases.indexOf(phase) + 1] ?? "done";
    if (next === "done") break;
    await scope.change({ phase: next });
  }
  if (scope.finished) return;
  await finish(scope);
}

/** Each returns whether its phase is through. */
const phaseWork: { readonly [phase in RunPhase]: (scope: RunScope) => Promise<boolean> } = {
  pull: (scope) =>
    scope.run.mode === "backfill_transcripts"
      ? pullTranscripts(scope)
      : pullShards(scope, "pull", pullMode(scope.run)),
  settle: async (scope) => {
    const { engine, run } = scope;
    // By our clock: the vendor's stands where the last answer left it, perhaps an hour before this run asked anything.
    const tookLong =
      run.startedAt !== undefined && engine.clock.now() - run.startedAt.getTime() > settleAfterMs;
    if (!readsAll(run) || !(run.since === undefined || tookLong)) return true;
    if (!run.settleBeganAt) await scope.change({ settleBeganAt: scope.vendorNow() });
    return await pullShards(scope, "settle", { kind: "settle" });
  },
  recheck: async (scope) => ((await wantsRecheck(scope)) ? await recheck(scope) : true),
  sweep: async (scope) =>
    sweepsAfter(scope.run, scope.stream) && !scope.stream.partialBackfill ? await sweep(scope) : true,
  done: async () => true,
};

async function wantsRecheck({ engine, run, stream }: RunScope): Promise<boolean> {
  if (!stream.recheck || !readsAll(run)) return false;
  // A backfill has just read everything; what moved under it is the next one's.
  if (run.since === undefined) return false;
  if (run.mode === "catch_up") return true;
  const last = await engine.storage.runs.recheckedAt(run.orgId, run.connectionId, run.stream);
  return !last || engine.clock.now() - last.getTime() >= stream.recheck.everyMs;
}

/** Runs that leave the stream as the vendor has it, and so move its watermark. */
function readsAll(run: Run): boolean {
  return run.mode !== "email_catch_up" && run.mode !== "backfill_transcripts";
}

/** What is stored already is read again. */
const wantsAll = (run: Run, { kind }: PullMode) =>
  kind === "backfill" || kind === "email_catch_up" || run.mode === "backfill_transcripts";

function pullMode(run: Run): PullMode {
  if (run.mode === "email_catch_up") {
    const days = run.options.days;
    return { kind: "email_catch_up", days: typeof days === "number" ? days : 30 };
  }
  return run.since === undefined ? { kind: "backfill" } : { kind: "incremental" };
}

async function openScope(
  engine: Engine,
  slice: Slice,
  first: Run,
  connection: Connection,
): Promise<RunScope> {
  const integration = integrationOf(engine, first.integration);
  const stream = streamOf(integration, first.stream);
  const session = engine.sessions.open(connection);
  const http = boundHttp(session.http, { priority: -first.position, signal: slice.signal });
  const { refs, notices } = await session.references(slice.signal);
  await tellNotices(engine, connection, notices);
  const channels = await engine.storage.agents.channels(connection.orgId, connection.id);
  const vendorNow = () => http.vendorNow() ?? new Date(engine.clock.now() - unknownClockMs);
  const scope: RunScope = {
    engine,
    slice,
    integration,
    stream,
    connection,
    run: first,
    refs,
    finished: false,
    vendorNow,
    pullScope: (mode, since): PullScope<unknown> => ({
      http,
      mode,
      since,
      now: vendorNow(),
      refs,
      settings: connection.settings,
      scopes: connection.scopes ? new Set(connection.scopes) : undefined,
      channels,
      held: wantsAll(first, mode) ? nothingHeld : heldBy(engine.storage, integration, stream, connection),
      signal: slice.signal,
      logger: engine.logger,
    }),
    change: async (change) => {
      scope.run = await engine.storage.runs.change(slice.lease, change);
    },
    log: (level, message, fields) => logLine(engine, scope.run, level, message, fields),
  };
  if (first.status === "pending" || !first.beganAt) {
    const watermark = await engine.storage.runs.watermark(first.orgId, first.connectionId, first.stream);
    const tooLong =
      watermark !== undefined &&
      vendorNow().getTime() - watermark.getTime() > (stream.longestGapMs ?? Number.POSITIVE_INFINITY);
    const fresh = first.mode === "backfill" || first.mode === "full_resync" || tooLong;
    const since = fresh || !watermark ? undefined : new Date(watermark.getTime() - (stream.overlapMs ?? 0));
    await scope.change({
      status: "running",
      startedAt: first.startedAt ?? new Date(engine.clock.now()),
      beganAt: first.beganAt ?? vendorNow(),
      ...(readsAll(first) ? { since } : {}),
    });
    await scope.log("info", "Started", {
      mode: first.mode,
      trigger: first.trigger,
      since: since?.toISOString(),
    });
    engine.events.emit("run.started", { orgId: first.orgId, run: scope.run });
  }
  return scope;
}

/** What cannot be read for lack of a scope is told where an admin looks, once. */
async function tellNotices(
  engine: Engine,
  connection: Connection,
  notices: readonly string[],
): Promise<void> {
  const missing = notices.filter((notice) => !connection.notices.includes(notice));
  if (missing.length === 0) return;
  await engine.storage.connections.change(connection.orgId, connection.id, {
    notices: [...new Set([...connection.notices, ...notices])],
  });
}

async function finish(scope: RunScope): Promise<void> {
  const { engine, slice } = scope;
  const watermark = readsAll(scope.run) ? (scope.run.settleBeganAt ?? scope.run.beganAt) : undefined;
  // A backfill reads every association, so what moves no timestamp has been looked at as well.
  const rechecked = scope.run.since === undefined || (await wantsRecheck(scope));
  await tellSyncSuccess(engine, scope.connection, scope.run);
  const run = await engine.storage.runs.finish(slice.lease, {
    status: "succeeded",
    at: new Date(engine.clock.now()),
    ...(watermark ? { watermark } : {}),
    ...(rechecked && scope.stream.recheck ? { recheckedAt: new Date(engine.clock.now()) } : {}),
  });
  scope.run = run;
  scope.finished = true;
  await scope.log("info", "Finished", { ...run.counters });
  engine.events.emit("run.finished", { orgId: run.orgId, run });
  await readNewChannels(scope);
}

/** A channel that was mapped while this run went on came too late for it: it is read now, not at the next hour. */
async function readNewChannels({ connection, engine, run, stream }: RunScope): Promise<void> {
  const channels = await engine.storage.agents.channels(run.orgId, run.connectionId);
  const began = (run.startedAt ?? run.createdAt).getTime();
  const now = engine.clock.now();
  // Between the two and never at their ends: the run that follows must not find the same channel new again.
  const late = channels.some(({ mappedAt }) => mappedAt.getTime() > began && mappedAt.getTime() <= now);
  if (!late || !maySync(engine, connection)) return;
  await startSync(engine, connection, { trigger: run.trigger, mode: "catch_up", streams: [stream.id] });
}

async function end(
  engine: Engine,
  slice: Slice,
  run: Run,
  status: "cancelled" | "failed",
  error: NonNullable<Run["error"]>,
): Promise<void> {
  const ended = await engine.storage.runs.finish(slice.lease, {
    status,
    at: new Date(engine.clock.now()),
    error,
  });
  await logLine(engine, ended, "warn", status === "cancelled" ? "Cancelled" : "Failed", { code: error.code });
  engine.events.emit("run.finished", { orgId: run.orgId, run: ended });
}

function isOver(run: Run): boolean {
  return run.status !== "pending" && run.status !== "running";
}

/** Why the run may not go on, in words; undefined when it may. Asked at every slice, and while one is at work. */
function refusalOf(engine: Engine, run: Run, connection: Connection | undefined): string | undefined {
  if (!connection) return "The connection is gone.";
  if (run.cancelRequested) return "Cancelled by a person.";
  if (connection.state === "disconnected") return "The connection was disconnected.";
  if (connection.state === "auth_error") return "The connection lost access: reconnect it.";
  if (connection.generation !== run.generation) return "The connection was made anew; its own sync follows.";
  if (!mayIngest(integrationOf(engine, run.integration), connection)) return "Ingest was turned off.";
  return undefined;
}

/** Looks while the slice works, so that a disconnect or a cancel takes effect within about a second (F46). */
async function watch(engine: Engine, slice: Slice, run: Run, over: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await engine.clock.sleep(watchMs, over);
    } catch {
      return;
    }
    try {
      const [now, connection] = await Promise.all([
        engine.storage.runs.get(run.orgId, run.id),
        engine.storage.connections.get(run.orgId, run.connectionId),
      ]);
      if (over.aborted) return;
      const refusal = refusalOf(engine, now ?? run, connection);
      if (refusal && connection?.state !== "auth_error") slice.abort(new CancelledError(refusal));
    } catch {
      // The store is not to be had for a moment; whatever the slice does next will notice by itself.
    }
  }
}
