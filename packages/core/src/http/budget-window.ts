import type { RateBudget } from "../define/http.ts";

/** One call's place in a window. */
export interface Use {
  readonly sentAt: number;
}

/**
 * A vendor's rolling window, obeyed ahead of time. A call is counted from when it is sent until a window after it was
 * *answered*: the vendor counted it somewhere between the two, so no jitter of the network can put more into one of
 * its windows than fit. That costs one latency a window (2.6 % at 250 ms and 10 s), and no 429.
 */
export interface BudgetWindow {
  readonly name: string;
  /** When the next call may be sent: `now` or earlier for at once, Infinity for "when a call comes back". */
  readyAt(now: number): number;
  start(now: number): Use;
  finish(use: Use, now: number): void;
  /** Takes over what an answer to `use` said of the window. */
  observe(
    use: Use,
    told: { readonly limit?: number; readonly remaining?: number; readonly windowMs?: number },
    now: number,
  ): void;
}

/** Between our clock and the vendor's, and for timers that fire early. */
const MARGIN_MS = 10;

export function createBudgetWindow(budget: RateBudget): BudgetWindow {
  let limit = Math.max(1, budget.limit);
  let windowMs = budget.windowMs;
  let inFlight = 0;
  /** When calls were answered, ascending; kept for two windows, see `ours`. */
  let answered: number[] = [];
  /** Calls of others (another process, another app of the account), from when we learned of them, ascending. */
  let foreign: number[] = [];
  /** While others call too: our part of what the vendor says is left, less what we sent since. */
  let left: { count: number; readonly at: number } | undefined;

  const live = (times: readonly number[], since: number) => times.length - firstAfter(times, since);
  const forget = (now: number) => {
    if ((answered[0] ?? now) > now - 3 * windowMs) return;
    answered = answered.slice(firstAfter(answered, now - 2 * windowMs));
    foreign = foreign.slice(firstAfter(foreign, now - windowMs));
  };

  return {
    name: budget.name,
    readyAt(now) {
      const since = now - windowMs - MARGIN_MS;
      const used = live(answered, since) + live(foreign, since);
      const free = limit - inFlight - used;
      if (free <= 0) {
        if (used === 0) return Number.POSITIVE_INFINITY;
        // The place that makes room: as many have to run out as there are too many, and one.
        const own = answered.slice(firstAfter(answered, since));
        const times =
          foreign.length === 0 ? own : [...own, ...foreign.slice(firstAfter(foreign, since))].sort(ascending);
        const oldest = times[-free];
        return oldest === undefined ? Number.POSITIVE_INFINITY : oldest + windowMs + MARGIN_MS;
      }
      if (left && left.count <= 0) {
        // Nothing is left, by the vendor's word: when one of ours runs out there is, or else a look in a while.
        if (inFlight > 0) return Number.POSITIVE_INFINITY;
        const own = answered[firstAfter(answered, left.at - windowMs)] ?? Number.POSITIVE_INFINITY;
        return Math.min(own + windowMs + MARGIN_MS, left.at + windowMs / 4);
      }
      return now;
    },
    start(now) {
      forget(now);
      inFlight++;
      if (left) left.count--;
      return { sentAt: now };
    },
    finish(_use, now) {
      inFlight--;
      answered.push(now);
    },
    observe(use, told, now) {
      if (told.limit !== undefined && told.limit >= 1) limit = told.limit;
      if (told.windowMs !== undefined && told.windowMs > 0) windowMs = told.windowMs;
      if (told.remaining === undefined || told.remaining < 0) return;
      // All of ours that the vendor can have counted: so what exceeds it is certainly not ours.
      const ours = inFlight + live(answered, use.sentAt - windowMs);
      const others = limit - told.remaining - ours;
      const known = live(foreign, now - windowMs);
      for (let i = known; i < others; i++) foreign.push(now);
      // Others take from what is left, as if they had as much on its way as we: half of it is ours.
      const shared = others > 0 || known > 0;
      left = shared ? { count: Math.floor(told.remaining / 2) - (inFlight - 1), at: now } : undefined;
    },
  };
}

const ascending = (a: number, b: number) => a - b;

/** Index of the first time later than `since`. */
function firstAfter(times: readonly number[], since: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) > since) high = middle;
    else low = middle + 1;
  }
  return low;
}
