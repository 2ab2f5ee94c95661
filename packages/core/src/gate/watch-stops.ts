import { gateClosed } from "../actions/check.ts";
import type { Engine } from "../engine/engine.ts";

/** A stop takes effect within a second, and an attempt may wait longer for a vendor (A13). */
const pollMs = 500;

/** Aborts when somebody stops all actions of the org; looks only while an attempt lasts longer than most. */
export function watchStops(
  { clock, storage }: Pick<Engine, "clock" | "storage">,
  orgId: string,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const stopped = new AbortController();
  const ended = new AbortController();
  const watch = async () => {
    for (;;) {
      await clock.sleep(pollMs, ended.signal);
      // A store that is away for a moment says nothing.
      const stops = await storage.approvals.stops(orgId).catch(() => []);
      if (!stops.some(({ resumedAt }) => resumedAt === undefined)) continue;
      stopped.abort(gateClosed("stopped", "All actions were stopped while it was under way."));
      return;
    }
  };
  watch().catch(() => {});
  return { signal: stopped.signal, end: () => ended.abort("ended") };
}
