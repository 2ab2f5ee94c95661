import type { Run } from "../ports/run-store.ts";
import type { SyncProgress } from "./surface.ts";

/**
 * How far a run is. The time left is what is left at the pace so far, waiting for the vendor's limit included: nothing
 * is told before the first records came, or where nobody knows how many there are. `now` in epoch ms.
 */
export function progressOf(run: Run, now: number): SyncProgress {
  const { counters, expectedRecords: expected, mode, phase, startedAt, stream } = run;
  const { read } = counters;
  const spentMs = startedAt ? now - startedAt.getTime() : 0;
  const known = phase === "pull" && expected !== undefined && read > 0 && spentMs > 0;
  const leftMs = known ? Math.ceil((spentMs / read) * Math.max(0, expected - read)) : undefined;
  return { stream, mode, phase, read, expected, leftMs };
}
