/** Deliveries under way: how many at once, what waits for the end of the turn, and when all has come to rest. */
export interface Dispatch {
  /** Aborts when the emulator is closed. */
  readonly stop: AbortSignal;
  /** Begins what `settled` waits for. Its failure is its end. */
  start(work: () => Promise<void>): void;
  /** Runs it as soon as fewer than `max` run. */
  inSlot<T>(max: number, run: () => Promise<T>): Promise<T>;
  /** Calls `flush` once at the end of this turn, however often it is asked: what changes in one turn leaves together. */
  soon(flush: () => void): void;
  /** Settles when nothing is under way or waiting for a retry. */
  settled(): Promise<void>;
  close(): void;
}

export function createDispatch(): Dispatch {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const queue: (() => void)[] = [];
  let active = 0;
  let flushing: Promise<void> | undefined;
  return {
    stop: stop.signal,
    start(work) {
      const tracked: Promise<void> = work()
        .catch(() => undefined)
        .finally(() => running.delete(tracked));
      running.add(tracked);
    },
    async inSlot(max, run) {
      while (active >= Math.max(1, max)) await new Promise<void>((go) => queue.push(go));
      active++;
      try {
        return await run();
      } finally {
        active--;
        queue.shift()?.();
      }
    },
    soon(flush) {
      flushing ??= Promise.resolve().then(() => {
        flushing = undefined;
        flush();
      });
    },
    async settled() {
      while (flushing || running.size > 0) {
        await flushing;
        await Promise.all(running);
      }
    },
    close: () => stop.abort(new Error("the emulator was closed")),
  };
}
