import * as z from "zod";
import type { Engine } from "../engine/engine.ts";
import { ValidationError, VendorError } from "../errors.ts";
import type { Run } from "../ports/run-store.ts";
import { startSync } from "../sync/start.ts";
import { found } from "./not-found.ts";
import type { Runs, Sync } from "./surface.ts";

const StartRequest = z.strictObject({
  orgId: z.string().min(1),
  connectionId: z.string().min(1),
  mode: z.enum([
    "backfill",
    "incremental",
    "full_resync",
    "catch_up",
    "email_catch_up",
    "backfill_transcripts",
  ]),
  streams: z.array(z.string()).min(1).optional(),
  days: z.int().min(1).max(3_650).optional(),
});

const pollMs = 250;

export function createSync(engine: Engine): Sync {
  const { storage, clock } = engine;
  return {
    async start(request) {
      const parsed = StartRequest.safeParse(request);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new ValidationError("The sync cannot be started like this: see `path` and `reason`.", {
          path: issue?.path.join(".") ?? "",
          reason: issue?.message ?? "invalid",
        });
      }
      const { orgId, connectionId, mode, streams, days } = parsed.data;
      const connection = found(await storage.connections.get(orgId, connectionId), "connection");
      return await startSync(engine, connection, { trigger: "manual", mode, streams, days });
    },
    async cancel(orgId, connectionId) {
      const active = await storage.runs.list(orgId, { connectionId, active: true });
      const cancelled = await Promise.all(active.map((run) => storage.runs.cancel(orgId, run.id)));
      return cancelled.filter(Boolean).length;
    },
    async settled(orgId, connectionId, { signal } = {}) {
      const before = await storage.runs.list(orgId, { connectionId, active: true });
      for (;;) {
        signal?.throwIfAborted();
        const active = await storage.runs.list(orgId, { connectionId, active: true });
        if (active.length === 0) break;
        await clock.sleep(pollMs, signal);
      }
      const runs: Run[] = [];
      for (const { id } of before) {
        const run = await storage.runs.get(orgId, id);
        if (run) runs.push(run);
      }
      const failed = runs.find((run) => run.status === "failed");
      if (failed) {
        throw new VendorError(
          `The sync of "${failed.stream}" failed: ${failed.error?.message ?? "see its log"}`,
          {
            reason: failed.error?.code,
          },
        );
      }
      return runs;
    },
  };
}

export function createRuns({ storage }: Engine): Runs {
  return {
    get: async (orgId, runId) => found(await storage.runs.get(orgId, runId), "run"),
    list: (orgId, filter) => storage.runs.list(orgId, filter),
    events: async (orgId, runId, limit) => {
      found(await storage.runs.get(orgId, runId), "run");
      return await storage.runs.events(orgId, runId, limit);
    },
    cancel: (orgId, runId) => storage.runs.cancel(orgId, runId),
    confirm: (orgId, runId) => storage.runs.confirm(orgId, runId),
    quarantine: (orgId, connectionId, limit) =>
      storage.runs.quarantine(orgId, { connectionId, ...(limit === undefined ? {} : { limit }) }),
  };
}
