import { StorageError } from "@halo/core";

export interface Mutex {
  /**
   * Resolves with how to let go, once nobody else has it; first come, first served, but `urgent` ones before the
   * others.
   */
  take(urgent?: boolean): Promise<() => void>;
}

/** A wait is counted in so many steps: whatever blocks this process for longer takes no more than one of them. */
const steps = 60;

/**
 * One at a time; a wait of more than `waitMs` rejects with a retryable `storage_failed`, and so does a deadlock. Time in
 * which the process could not do anything, such as a model that computes in it, does not count: nobody could let go.
 */
export function mutex(waitMs: number): Mutex {
  const urgent: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let taken = false;

  const letGo = () => {
    const next = urgent.shift() ?? waiting.shift();
    if (next) next();
    else taken = false;
  };

  const once = () => {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      letGo();
    };
  };

  return {
    take(hurry = false) {
      const line = hurry ? urgent : waiting;
      if (!taken) {
        taken = true;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        let waited = 0;
        const step = () => {
          waited++;
          if (waited < steps) {
            timer = setTimeout(step, waitMs / steps);
            return;
          }
          line.splice(line.indexOf(mine), 1);
          reject(
            new StorageError(
              `The embedded store was busy for ${waitMs} ms: it does one transaction at a time. Was one opened inside another?`,
              { retryable: true },
            ),
          );
        };
        let timer = setTimeout(step, waitMs / steps);
        const mine = () => {
          clearTimeout(timer);
          resolve(once());
        };
        line.push(mine);
      });
    },
  };
}
