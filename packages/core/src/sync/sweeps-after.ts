import type { AnyStream } from "../define/stream.ts";
import type { Run } from "../ports/run-store.ts";

/**
 * Whether what a run did not see is gone: after a full resync, and where a run that was to read the changes only had to
 * read everything, since the vendor no longer knows what changed.
 */
export function sweepsAfter(run: Run, stream: AnyStream): boolean {
  if (run.mode === "full_resync") return true;
  const forChanges = run.mode === "incremental" || run.mode === "catch_up";
  return forChanges && run.since === undefined && stream.longestGapMs !== undefined;
}
