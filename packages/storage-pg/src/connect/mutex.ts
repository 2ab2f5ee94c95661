import { StorageError } from "@halo/core";

export interface Mutex {
  /**
   * Resolves with how to let go, once nobody else has it; first come, first served, but `urgent` ones before the
   * others.
   */
  take(urgent?: boolean): Promise<() => void>;
}

/** One at a time; a wait of more than `waitMs` rejects with a retryable `storage_failed`, and so does a deadlock. */
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
        const mine = () => {
          clearTimeout(timer);
          resolve(once());
        };
        const timer = setTimeout(() => {
          line.splice(line.indexOf(mine), 1);
          reject(
            new StorageError(
              `The embedded store was busy for ${waitMs} ms: it does one transaction at a time. Was one opened inside another?`,
              { retryable: true },
            ),
          );
        }, waitMs);
        line.push(mine);
      });
    },
  };
}
