export interface RetryLimits {
  /** Default 6. */
  readonly attempts: number;
  /** No attempt begins later than this after the first. Default 60,000. */
  readonly totalMs: number;
  /** First wait after a failure; doubles, with full jitter. Default 500. */
  readonly baseMs: number;
  /** Default 10,000. */
  readonly capMs: number;
  /** A longer wait that a vendor asks for is thrown as `rate_limited`. Default 20,000. */
  readonly patienceMs: number;
}

export const DEFAULT_RETRY: RetryLimits = {
  attempts: 6,
  totalMs: 60_000,
  baseMs: 500,
  capMs: 10_000,
  patienceMs: 20_000,
};
