import type { Clock } from "../ports/clock.ts";

/** Time that jumps to the next sleeper whenever nothing else is left to do: minutes pass in milliseconds, exactly. */
export interface VirtualClock extends Clock {
  /** Drives time until `work` settles. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** For tests of this folder and its neighbours; no part of the package's exports. */
export function virtualClock(startMs = Date.UTC(2026, 10, 21)): VirtualClock {
  let now = startMs;
  let order = 0;
  const sleepers = new Set<{ readonly due: number; readonly order: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          due: now + Math.max(0, ms),
          order: order++,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    async run(work) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      for (let idle = 0; !settled; ) {
        // Two macrotasks, so that chains of promises come to rest before time moves.
        await new Promise<void>((resolve) => setImmediate(resolve));
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (settled) break;
        let next: { readonly due: number; readonly order: number; readonly wake: () => void } | undefined;
        for (const sleeper of sleepers) {
          if (!next || sleeper.due < next.due || (sleeper.due === next.due && sleeper.order < next.order)) {
            next = sleeper;
          }
        }
        if (next === undefined) {
          // Real I/O (a dynamic import, a socket) may still be under way.
          if (++idle > 2_000) throw new Error("virtual time stands still and nothing is left to wait for");
          await new Promise<void>((resolve) => setTimeout(resolve, 1));
          continue;
        }
        idle = 0;
        now = Math.max(now, next.due);
        next.wake();
      }
      return work;
    },
  };
}
