/** Where an emulator takes its time from. Every date, window, expiry and delay of a vendor runs by it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms` of this clock, at once when `ms` is 0 or less; rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that a test moves. Sleepers wake in the order of their due times, each seeing its own due time. */
export interface ManualClock extends Clock {
  /** Moves time forward and wakes what is due, letting promises run between two wakings. */
  advance(ms: number): Promise<void>;
  /** Jumps without waking anybody early: a step of the wall clock, forwards or backwards. */
  set(epochMs: number): void;
  /** How many sleepers wait. */
  readonly sleeping: number;
  /** When the next sleeper is due, or undefined. */
  readonly nextDue: number | undefined;
}

/** The machine's clock, moved by `skewMs` to play a vendor whose clock is wrong. */
export function systemClock(skewMs = 0): Clock {
  return {
    now: () => Date.now() + skewMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (ms <= 0) return resolve();
        const abort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", abort);
          resolve();
        }, ms);
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
}

/** A clock that stands still until it is advanced. */
export function manualClock(startMs = Date.UTC(2026, 10, 21)): ManualClock {
  let now = startMs;
  let order = 0;
  const sleepers = new Set<{ due: number; order: number; wake: () => void }>();
  const next = () => [...sleepers].sort((a, b) => a.due - b.due || a.order - b.order)[0];
  return {
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    get nextDue() {
      return next()?.due;
    },
    set(epochMs) {
      now = epochMs;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (ms <= 0) return resolve();
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const sleeper = { due: now + ms, order: order++, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      await turn();
      for (let due = next(); due && due.due <= end; due = next()) {
        now = Math.max(now, due.due);
        due.wake();
        await turn();
      }
      now = Math.max(now, end);
      await turn();
    },
  };
}

/** Lets everything that is ready run: a macrotask, so that chains of promises come to rest first. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
