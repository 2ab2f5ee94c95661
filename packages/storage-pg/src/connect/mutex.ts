import { StorageError } from "@halo/core";

export interface Mutex {
  /** Resolves with how to let go, once nobody else has it; first come, first served. */
  take(): Promise<() => void>;
}

/** One at a time; a wait of more than `waitMs` rejects with a retryable `storage_failed`, and so does a deadlock. */
export function mutex(waitMs: number): Mutex {
  const waiting: (() => void)[] = [];
  let taken = false;

  const letGo = () => {
    const next = waiting.shift();
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
    take() {
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
          waiting.splice(waiting.indexOf(mine), 1);
          reject(
            new StorageError(
              `The embedded store was busy for ${waitMs} ms: it does one transaction at a time. Was one opened inside another?`,
              { retryable: true },
            ),
          );
        }, waitMs);
        waiting.push(mine);
      });
    },
  };
}
