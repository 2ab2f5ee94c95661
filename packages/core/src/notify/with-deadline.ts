import { VendorError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * Runs what may hang and may ignore its signal. After `ms` it is aborted and left behind with `vendor_timeout`; when
 * `signal` aborts, with its reason.
 */
export async function withDeadline<T>(
  clock: Clock,
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => late.abort(new VendorError(`The sink did not answer within ${ms} ms.`, { code: "vendor_timeout" })),
    () => {},
  );
  const both = AbortSignal.any([signal, late.signal]);
  try {
    return await new Promise<T>((resolve, reject) => {
      const stop = () => reject(both.reason);
      if (both.aborted) return stop();
      both.addEventListener("abort", stop, { once: true });
      // Also what throws before it returns a promise.
      Promise.resolve()
        .then(() => work(both))
        .then(resolve, reject);
    });
  } finally {
    done.abort(new Error("answered"));
  }
}
