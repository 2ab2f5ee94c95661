import type { Engine } from "../engine/engine.ts";
import { ConflictError } from "../errors.ts";
import type { Lease } from "../ports/lease-store.ts";

/** The time and the right to do one piece of work, as its code sees them. */
export interface Slice {
  readonly lease: Lease;
  /** Aborted when the work must stop at once: the lease is lost, or somebody cancelled. */
  readonly signal: AbortSignal;
  /** True when the work should stop at its next safe place: time is up, or the process is going down. */
  readonly ending: () => boolean;
  /** Stops the work at once, for a reason that `signal` carries. */
  readonly abort: (reason: unknown) => void;
}

/** What a piece of work says at its end: when it wants to go on, or that nothing is left. */
export type Again = Date | undefined;

/**
 * Runs `work` under a lease that is kept alive meanwhile. When a heartbeat finds the lease gone, everything is
 * aborted: whoever has it now may already be at work, and the fence refuses what we would still write.
 */
export async function runSlice(
  engine: Engine,
  lease: Lease,
  stopping: AbortSignal,
  work: (slice: Slice) => Promise<Again>,
): Promise<Again> {
  const { clock, storage } = engine;
  const controller = new AbortController();
  const finished = new AbortController();
  const endsAt = clock.now() + engine.sliceMs;
  const slice: Slice = {
    lease,
    signal: controller.signal,
    ending: () => stopping.aborted || clock.now() >= endsAt,
    abort: (reason) => controller.abort(reason),
  };
  const beating = beat();
  try {
    return await work(slice);
  } finally {
    // No Error: its stack costs more than all else here, and nobody sees it.
    finished.abort("over");
    await beating;
  }

  async function beat(): Promise<void> {
    let confirmedAt = clock.now();
    for (;;) {
      try {
        await clock.sleep(engine.leaseMs / 3, finished.signal);
      } catch {
        return;
      }
      const asked = clock.now();
      const ours = await storage.leases.heartbeat(lease, engine.leaseMs).catch(() => undefined);
      if (finished.signal.aborted) return;
      if (ours) confirmedAt = asked;
      // An unreachable store does not tell; once the lease has run out by our own clock it is not ours any more.
      else if (ours === false || clock.now() - confirmedAt >= engine.leaseMs) {
        controller.abort(
          new ConflictError("The lease was lost: another worker goes on.", { code: "lease_lost" }),
        );
        return;
      }
    }
  }
}
