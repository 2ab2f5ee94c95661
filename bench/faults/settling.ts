/**
 * Waits until nothing is under way; says what is after `boundMs`. Where work goes out one piece a second, however quick the
 * machine is, the wait begins anew each time the count falls, for `mostMs` in all. `count` may reject: a worker that does
 * not answer.
 */
export async function settling(
  count: () => Promise<{ readonly open: number; readonly what: string }>,
  boundMs: number,
  mostMs = boundMs,
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
