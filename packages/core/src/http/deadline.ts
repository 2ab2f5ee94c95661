import type { Clock } from "../ports/clock.ts";

/** One signal for several. `end` lets go of them: a run's signal outlives thousands of calls. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  end(): void;
}

export function linkSignals(signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const listening: (readonly [AbortSignal, () => void])[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    listening.push([signal, abort]);
  }
  return {
    signal: controller.signal,
    end() {
      for (const [signal, abort] of listening) signal.removeEventListener("abort", abort);
    },
  };
}

/** The time of one attempt, its body included. */
export interface Deadline {
  /** Aborts when the time is over, and when the outer signal does. */
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** Rejects when the attempt is over, even where the promise ignores its signal (F25). */
  race<T>(promise: Promise<T>): Promise<T>;
  end(): void;
}

export function startDeadline(outer: AbortSignal, clock: Clock, ms: number): Deadline {
  const linked = linkSignals([outer]);
  const over = new AbortController();
  const timer = new AbortController();
  let expired = false;
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => {
      over.abort(linked.signal.reason);
      reject(new Error("stopped"));
    };
    if (linked.signal.aborted) abort();
    else linked.signal.addEventListener("abort", abort, { once: true });
    clock.sleep(ms, timer.signal).then(
      () => {
        expired = true;
        over.abort();
        reject(new Error("expired"));
      },
      () => {},
    );
  });
  aborted.catch(() => {});
  return {
    signal: over.signal,
    get expired() {
      return expired;
    },
    race: (promise) => {
      promise.catch(() => {});
      return Promise.race([promise, aborted]);
    },
    end() {
      // With a reason of its own: the one that is made otherwise costs 20 µs for each attempt, and nobody sees it.
      timer.abort("ended");
      linked.end();
    },
  };
}
