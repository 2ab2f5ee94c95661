import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import { processInbox } from "../inbox/process.ts";
import { distilDocuments } from "../knowledge/distil/distil-documents.ts";
import { indexDocuments } from "../knowledge/index-documents.ts";
import { judgeDocuments } from "../knowledge/rules/judge-documents.ts";
import { notifySlice } from "../notify/notify-slice.ts";
import { kickQueue } from "../ports/job-store.ts";
import type { Lease, WorkKind } from "../ports/lease-store.ts";
import { standingSlice } from "../standing/standing-slice.ts";
import { pullSlice } from "../sync/pull-slice.ts";
import { runSchedule } from "../sync/schedule.ts";
import { withSpan } from "../telemetry.ts";
import { type Again, runSlice, type Slice } from "./slice.ts";
import { wakeAtStart } from "./wake-at-start.ts";

/** Whatever kick was lost, the leases are looked at this often. */
const sweepMs = 1_000;

/** After work failed for no reason that its own code knows: later each time that a worker died of it before. */
const failedWaitMs = [1_000, 5_000, 30_000, 120_000, 600_000];

const kinds: { readonly [kind in WorkKind]: (engine: Engine, slice: Slice) => Promise<Again> } = {
  run: pullSlice,
  inbox: processInbox,
  index: indexDocuments,
  customers: async (engine, { lease, ending, signal }) => {
    while (!ending() && !signal.aborted) {
      if ((await engine.storage.customers.reconcile(lease, 200)) === 0) return undefined;
    }
    return new Date(engine.clock.now());
  },
  schedule: runSchedule,
  action: async (engine, slice) => (await import("../actions/engine-actions.ts")).takeUpCall(engine, slice),
  notify: notifySlice,
  standing: standingSlice,
  judge: judgeDocuments,
  distil: distilDocuments,
};

/**
 * Works until `signal` aborts: claims pieces that are due, one slice each, woken by kicks and by a sweep every second.
 * At the end every piece finishes its page, and its lease is free at once.
 */
export async function work(engine: Engine, concurrency: number, signal: AbortSignal): Promise<void> {
  const { storage, clock, logger } = engine;
  const holder = uuidv7(clock.now());
  const running = new Set<Promise<void>>();
  let nudge = () => {};
  const kicks = storage.jobs
    .work(kickQueue, { batchSize: 100, signal, handler: async () => nudge() })
    .catch((error: unknown) => {
      // Without kicks everything still runs, a second later.
      if (!signal.aborted) logger.error("Kicks are not heard", { error: nameOf(error) });
    });
  const waking = wakeAtStart(engine, signal);
  const stop = () => nudge();
  signal.addEventListener("abort", stop, { once: true });

  while (!signal.aborted) {
    let nudged = false;
    const woken = new Promise<void>((resolve) => {
      nudge = () => {
        nudged = true;
        resolve();
      };
    });
    const free = concurrency - running.size;
    let claimed = 0;
    if (free > 0) {
      try {
        const leases = await storage.leases.claim({ holder, limit: free, ttlMs: engine.leaseMs });
        claimed = leases.length;
        for (const lease of leases) {
          const piece: Promise<void> = take(lease).finally(() => {
            running.delete(piece);
            nudge();
          });
          running.add(piece);
        }
      } catch (error) {
        logger.error("Work could not be claimed", { error: nameOf(error) });
      }
    }
    // A full claim means that more may wait.
    if (claimed > 0 && claimed === free) continue;
    if (nudged || signal.aborted) continue;
    const idle = new AbortController();
    await Promise.race([woken, clock.sleep(sweepMs, idle.signal).catch(() => {})]);
    idle.abort(new Error("woken"));
  }
  signal.removeEventListener("abort", stop);
  await Promise.all(running);
  await Promise.all([kicks, waking]);
  await storage.leases.releaseAll(holder).catch(() => {});

  async function take(lease: Lease): Promise<void> {
    const fields = { kind: lease.kind, subject: lease.subject, org: lease.orgId };
    try {
      if (lease.attempts > 2) {
        logger.warn("Earlier attempts at this work did not come back", {
          ...fields,
          attempts: lease.attempts,
        });
      }
      const attributes = { "halo.org": lease.orgId, "halo.subject": lease.subject };
      const again = await withSpan(`halo ${lease.kind}`, attributes, () =>
        runSlice(engine, lease, signal, (slice) => kinds[lease.kind](engine, slice)),
      );
      await storage.leases.release(lease, again);
    } catch (error) {
      if (isHaloError(error, "lease_lost")) {
        logger.warn("A lease was lost: another worker goes on", fields);
        return;
      }
      logger.error("Work failed and will be tried again", { ...fields, error: nameOf(error) });
      const wait = failedWaitMs[Math.min(lease.attempts, failedWaitMs.length) - 1] ?? 1_000;
      await storage.leases.release(lease, new Date(clock.now() + wait)).catch(() => {});
    }
  }
}

function nameOf(error: unknown): string {
  if (isHaloError(error)) return error.code;
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : "unknown";
}
