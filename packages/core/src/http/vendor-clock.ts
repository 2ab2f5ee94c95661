/** What a vendor's clock shows, as its Date headers tell. One for all calls of a connection. */
export interface VendorClock {
  observe(dateHeader: string | null, sentAt: number, receivedAt: number): void;
  /** Never ahead of the vendor's clock (F34). Undefined before the first answer. */
  now(ourNow: number): Date | undefined;
}

/**
 * How far our own clock carries on from the last answer. It bounds what a step of our clock between two answers could
 * put us ahead by; after a longer silence the time shown is old, which costs a second look and loses nothing.
 */
const MAX_CARRY_MS = 5_000;

export function createVendorClock(): VendorClock {
  /** Vendor's time less ours, from below: the Date header is cut to seconds, and older on arrival. */
  let behind: number | undefined;
  let lastAnswer = 0;
  return {
    observe(dateHeader, sentAt, receivedAt) {
      const date = Date.parse(dateHeader ?? "");
      if (Number.isNaN(date)) return;
      const lowest = date - receivedAt;
      const highest = date + 1000 - sentAt;
      // A bound that this answer contradicts is from before a step of one of the clocks.
      behind = behind === undefined || behind > highest ? lowest : Math.max(behind, lowest);
      lastAnswer = receivedAt;
    },
    now(ourNow) {
      if (behind === undefined) return undefined;
      const carried = Math.min(Math.max(ourNow - lastAnswer, 0), MAX_CARRY_MS);
      return new Date(lastAnswer + behind + carried);
    },
  };
}
