import type { Clock } from "../ports/clock.ts";

export interface FakeClock extends Clock {
  /** Lets `ms` pass: sleepers wake in their order, each at its own time, and may sleep again within the span. */
  advance(ms: number): Promise<void>;
  /** Lets time pass, from sleeper to sleeper, until `work` settles, and returns what it came to. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Sleepers that wait now. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it. Starts at 2026-01-01T00:00:00Z unless told otherwise (epoch ms). */
export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  const next = (until: number): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers)
      if (sleeper.at <= until && (first === undefined || sleeper.at < first.at)) first = sleeper;
    return first;
  };

  return {
    now: () => now,

    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const stop = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          at: now + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", stop, { once: true });
      }),

    async advance(ms) {
      const end = now + ms;
      await others();
      for (let sleeper = next(end); sleeper !== undefined; sleeper = next(end)) {
        now = Math.max(now, sleeper.at);
        sleeper.wake();
        await others();
      }
      now = end;
      await others();
    },

    async run(work) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      await others();
      while (!settled) {
        const sleeper = next(Number.POSITIVE_INFINITY);
        if (sleeper !== undefined) {
          now = Math.max(now, sleeper.at);
          sleeper.wake();
        }
        await others();
      }
      return work;
    },

    get sleeping() {
      return sleepers.size;
    },
  };
}

/** Gives everything that can go on without time the chance to. */
const others = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
