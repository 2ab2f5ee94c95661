/** Wakes whoever waits, or the next one to wait: a ring is never lost between two waits. */
export interface Bell {
  ring(): void;
  /** Until it rings, `ms` are over, or the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function bell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms, signal) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", done);
            wake = undefined;
            resolve();
          };
          const timer = setTimeout(done, ms);
          signal.addEventListener("abort", done, { once: true });
          wake = done;
        });
      }
      rung = false;
    },
  };
}
