import type { Json } from "../define/json.ts";

export interface Job {
  readonly id: string;
  readonly data: Json;
}

/**
 * A queue for waking workers. It never owns work: losing a job costs at most a second, until the sweep of the leases.
 * `kick` is the queue that wakes of leases use; hosts may use others.
 */
export interface JobStore {
  send(queue: string, jobs: readonly Json[]): Promise<void>;
  /**
   * Works the queue until `signal` aborts, batch by batch; resolves when the last batch is through. A handler that
   * throws puts its batch back.
   */
  work(
    queue: string,
    options: {
      readonly batchSize: number;
      readonly signal: AbortSignal;
      readonly handler: (jobs: readonly Job[]) => Promise<void>;
    },
  ): Promise<void>;
}

/** The queue whose jobs say: look at the leases. */
export const kickQueue = "halo-kick";
