/** What a "slow down" does to everything that draws on the same budget: wait, then try with one call, then go on. */
export interface Brake {
  /** Epoch ms; 0 when it never was on. */
  readonly until: number;
  /** Refusals in a row. */
  readonly strikes: number;
  readyAt(now: number): number;
  start(call: object): void;
  finish(call: object): void;
  /** The vendor took `call`, sent at `sentAt`. */
  accepted(sentAt: number): void;
  /** The vendor refused `call`. Without `retryAfterMs`: exponential, full jitter, capped. Returns `until`. */
  refused(sentAt: number, now: number, retryAfterMs?: number): number;
  /** Somebody else was refused. */
  hold(until: number, now: number): void;
}

const BASE_MS = 1_000;
const CAP_MS = 60_000;

export function createBrake(random: () => number = Math.random): Brake {
  let until = 0;
  let setAt = 0;
  let strikes = 0;
  /** True until one call has shown that the vendor takes calls again. */
  let probing = false;
  let probe: object | undefined;
  return {
    get until() {
      return until;
    },
    get strikes() {
      return strikes;
    },
    readyAt(now) {
      if (now < until) return until;
      return probing && probe ? Number.POSITIVE_INFINITY : now;
    },
    start(call) {
      if (probing) probe = call;
    },
    finish(call) {
      if (probe === call) probe = undefined;
    },
    accepted(sentAt) {
      // An answer to a call from before the refusal proves nothing.
      if (sentAt < setAt || sentAt < until) return;
      probing = false;
      strikes = 0;
    },
    refused(sentAt, now, retryAfterMs) {
      // Calls that were under way together are refused together: one refusal, not ten.
      const sameWave = strikes > 0 && sentAt < setAt;
      if (!sameWave) strikes++;
      const wait =
        retryAfterMs ?? (sameWave ? 0 : Math.ceil(random() * Math.min(CAP_MS, BASE_MS * 2 ** (strikes - 1))));
      until = Math.max(until, now + wait);
      if (!sameWave) setAt = now;
      probing = true;
      return until;
    },
    hold(other, now) {
      if (other <= until || other <= now) return;
      until = other;
      setAt = now;
      probing = true;
    },
  };
}
