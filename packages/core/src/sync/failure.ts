import type { Engine } from "../engine/engine.ts";
import { type HaloError, isHaloError } from "../errors.ts";
import { failuresTold, tellSyncFailure } from "../notify/sync-errors.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Run } from "../ports/run-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { logLine } from "./run-log.ts";

/** After so many failures without a page in between a run gives up; with the waits below that is about two days. */
const maxFailures = 200;
const firstWaitMs = 5_000;
const maxWaitMs = 15 * 60_000;

/**
 * What becomes of a run whose slice failed. What can pass by itself is tried again, later each time, from where the
 * run stands: the cursor is never lost (F22). What needs a person ends the run, and says so.
 */
export async function afterFailure(
  engine: Engine,
  slice: Slice,
  run: Run,
  connection: Connection,
  thrown: unknown,
): Promise<Again> {
  const { storage, clock, logger } = engine;
  // Whatever was aborted fails with something; the reason for the abort is the truth.
  const error = slice.signal.aborted ? slice.signal.reason : thrown;
  if (isHaloError(error, "lease_lost")) throw error;
  if (isHaloError(error, "cancelled")) {
    await finish("cancelled", { code: "cancelled", message: error.message });
    return undefined;
  }
  if (isHaloError(error, "storage_failed")) {
    if (!error.retryable) throw error;
    logger.warn("The store failed for a moment", { run: run.id, state: (error as { state?: string }).state });
    // Where it can still take as much as this (a disk that is full often can), the status says what is wrong.
    await storage.runs
      .change(slice.lease, { error: { code: error.code, message: error.message } })
      .catch(() => undefined);
    return new Date(clock.now() + 1_000);
  }
  if (!isPassing(error)) {
    await finish("failed", { code: codeOf(error), message: messageOf(error) });
    return undefined;
  }
  const current = await storage.runs.get(run.orgId, run.id);
  const failures = (current?.failures ?? run.failures) + 1;
  if (failures > maxFailures) {
    await finish("failed", { code: codeOf(error), message: messageOf(error) });
    return undefined;
  }
  const wait = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 12)) * (0.5 + Math.random() / 2);
  const told = isHaloError(error, "rate_limited") ? (error as unknown as { retryAt: number }).retryAt : 0;
  const again = new Date(Math.max(clock.now() + wait, told));
  if (failures >= failuresTold)
    await tellSyncFailure(engine, connection, run, { code: codeOf(error), message: messageOf(error) });
  await storage.runs.change(slice.lease, {
    failures,
    error: { code: codeOf(error), message: messageOf(error), retryAt: again.toISOString() },
  });
  await logLine(engine, run, "warn", "Failed, and will be tried again", {
    code: codeOf(error),
    message: messageOf(error),
    retryAt: again.toISOString(),
    connection: connection.id,
  });
  return again;

  async function finish(status: "failed" | "cancelled", why: NonNullable<Run["error"]>): Promise<void> {
    if (status === "failed") await tellSyncFailure(engine, connection, run, why);
    const ended = await storage.runs.finish(slice.lease, { status, at: new Date(clock.now()), error: why });
    await logLine(
      engine,
      ended,
      status === "failed" ? "error" : "warn",
      status === "failed" ? "Failed" : "Cancelled",
      why,
    );
    engine.events.emit("run.finished", { orgId: run.orgId, run: ended });
  }
}

/** Whether time alone may mend it. An answer that fits no schema counts: vendors serve error pages with status 200. */
function isPassing(error: unknown): boolean {
  if (!isHaloError(error)) return false;
  if (error.code === "vendor_response_invalid")
    return (error as { reason?: string }).reason !== "cursor_repeats";
  return error.retryable || error.code === "vendor_timeout";
}

function codeOf(error: unknown): string {
  return isHaloError(error) ? error.code : "internal";
}

function messageOf(error: unknown): string {
  if (isHaloError(error)) return (error as HaloError).message;
  // A fault of ours: its message may hold anything, so only its kind is kept.
  return `An unexpected ${error instanceof Error ? error.name : "failure"}: see the log of the process.`;
}
