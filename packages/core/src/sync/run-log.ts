import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import type { Run, RunEvent } from "../ports/run-store.ts";

/** A line in the run's own log, which people read; a log that cannot be written breaks nothing. */
export async function logLine(
  engine: Engine,
  run: Run,
  level: RunEvent["level"],
  message: string,
  fields: { readonly [name: string]: Json | undefined } = {},
): Promise<void> {
  const line = { at: new Date(engine.clock.now()), level, message, fields: { phase: run.phase, ...fields } };
  await engine.storage.runs.log(run.orgId, run.id, [line]).catch(() => {
    engine.logger.warn("A run's log line was lost", { run: run.id });
  });
}
