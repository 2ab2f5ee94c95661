/** No round waits longer than this for what is under way, however it goes on. */
const mostMs = 300_000;

/**
 * Waits until nothing is under way; says what is when nothing of it has ended for `boundMs`. A busy machine is no loss: as
 * long as the count falls, the wait begins anew. `count` may reject: a worker that does not answer.
 */
export async function settling(
  count: () => Promise<{ readonly open: number; readonly what: string }>,
  boundMs: number,
): Promise<string[]> {
  const began = performance.now();
  let until = began + boundMs;
  let least = Number.POSITIVE_INFINITY;
  let last = "no worker answers";
  while (performance.now() < Math.min(until, began + mostMs)) {
    try {
      const { open, what } = await count();
      if (open === 0) return [];
      last = `${what} are not through`;
      if (open < least) {
        least = open;
        until = performance.now() + boundMs;
      }
    } catch {
      last = "a worker does not answer";
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [`after ${Math.round((performance.now() - began) / 1_000)} s ${last}`];
}
