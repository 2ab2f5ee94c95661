import { StorageError } from "../errors.ts";

export interface GroupCommitOptions {
  /** Rows of one transaction, at most. */
  readonly maxRows: number;
  /** Transactions at once. */
  readonly maxInFlight: number;
  /** Rows that may wait; beyond them the sender is told to come back (F62). */
  readonly maxWaiting: number;
}

/**
 * Writes what several requests bring in one transaction. Nothing waits for a timer: a batch leaves as soon as one of
 * the few transactions is free, so under no load each request has its own, and under load each carries many. The
 * promise of a request resolves after its COMMIT.
 */
export function groupCommit<Row, Result>(
  commit: (rows: readonly Row[]) => Promise<readonly Result[]>,
  options: GroupCommitOptions,
): (rows: readonly Row[]) => Promise<readonly Result[]> {
  interface Waiting {
    readonly rows: readonly Row[];
    readonly resolve: (results: readonly Result[]) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let waitingRows = 0;
  let inFlight = 0;
  let scheduled = false;

  const leave = () => {
    scheduled = false;
    while (inFlight < options.maxInFlight && waiting.length > 0) {
      let rows = 0;
      let count = 0;
      for (const one of waiting) {
        if (count > 0 && rows + one.rows.length > options.maxRows) break;
        rows += one.rows.length;
        count += 1;
      }
      const batch = waiting.slice(0, count);
      waiting = waiting.slice(count);
      waitingRows -= rows;
      inFlight += 1;
      void write(batch);
    }
  };

  const write = async (batch: readonly Waiting[]) => {
    try {
      const results = await commit(batch.flatMap((one) => one.rows));
      let at = 0;
      for (const one of batch) {
        one.resolve(results.slice(at, at + one.rows.length));
        at += one.rows.length;
      }
    } catch (error) {
      for (const one of batch) one.reject(error);
    } finally {
      inFlight -= 1;
      leave();
    }
  };

  return (rows) => {
    if (rows.length === 0) return Promise.resolve([]);
    if (waitingRows + rows.length > options.maxWaiting) {
      return Promise.reject(
        new StorageError("Too many deliveries wait to be stored: answer 503, the vendor sends again.", {
          retryable: true,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      waiting.push({ rows, resolve, reject });
      waitingRows += rows.length;
      if (!scheduled) {
        scheduled = true;
        // After the sockets that are readable now have been read, their requests leave together.
        setImmediate(leave);
      }
    });
  };
}
