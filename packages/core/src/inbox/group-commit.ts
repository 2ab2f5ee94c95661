import { StorageError } from "../errors.ts";

export interface GroupCommitOptions {
  /** Rows of one transaction, at most. */
  readonly maxRows: number;
  /** Transactions at once. */
  readonly maxInFlight: number;
  /** Rows that may wait; beyond them the sender is told to come back (F62). */
  readonly maxWaiting: number;
}

/** How long a small batch waits for the one before it; several times what a commit takes. */
const patienceMs = 50;

/**
 * Writes what several requests bring in one transaction. No delay is added: a batch leaves when nothing is on its way,
 * or beside others once it is as large as they are, so under no load each request has its own transaction, and under load
 * each carries many. The promise of a request resolves after its COMMIT.
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
  let rowsInFlight = 0;
  let scheduled = false;
  let patience: ReturnType<typeof setTimeout> | undefined;

  const leave = (overdue = false) => {
    scheduled = false;
    while (inFlight < options.maxInFlight && waiting.length > 0) {
      // Beside another, a transaction leaves once it carries as much: else whoever is answered first comes back in many
      // small ones, and the rest queue behind them. But nobody queues behind one that is stuck.
      if (waitingRows < rowsInFlight && !overdue) {
        patience ??= setTimeout(() => leave(true), patienceMs);
        return;
      }
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
      clearTimeout(patience);
      patience = undefined;
      inFlight += 1;
      rowsInFlight += rows;
      void write(batch, rows);
    }
  };

  const write = async (batch: readonly Waiting[], rows: number) => {
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
      rowsInFlight -= rows;
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
        setImmediate(() => leave());
      }
    });
  };
}
