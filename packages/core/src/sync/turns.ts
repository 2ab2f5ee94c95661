/** Decides which shard of a run may ask for its next page. */
export interface Turns {
  /** Runs `work` once fewer than the width are at it; of those that wait, the one with the most pages left goes first. */
  take<T>(pagesLeft: number, work: () => Promise<T>): Promise<T>;
}

/**
 * Few calls at a time, many shards open: shards that shrink together end together, so the vendor's limit is used to the
 * last page, and a stop finds no long line of calls to wait for.
 */
export async function createTurns(width: number): Promise<Turns> {
  const { default: Queue } = await import("p-queue");
  const queue = new Queue({ concurrency: width });
  return { take: (pagesLeft, work) => queue.add(work, { priority: pagesLeft }) };
}
