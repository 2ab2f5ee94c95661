import type { Random } from "./random.ts";

/** Response times of a vendor: log-normal, as measured services are. A median of 0 means no delay. */
export interface Latency {
  readonly medianMs: number;
  /** Spread of the logarithm: 0.3 gives a p99 of twice the median. */
  readonly sigma: number;
}

export const NO_LATENCY: Latency = { medianMs: 0, sigma: 0 };

/** One response time in milliseconds. */
export function sampleLatency({ medianMs, sigma }: Latency, random: Random): number {
  if (medianMs <= 0) return 0;
  // Box-Muller; 1 - next() keeps the logarithm away from zero.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return medianMs * Math.exp(sigma * normal);
}
