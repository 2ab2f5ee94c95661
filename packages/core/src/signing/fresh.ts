import { ConfigurationError, VerificationError } from "../errors.ts";
import type { SignedDelivery } from "./delivery.ts";

/** Accepted distance between a delivery's timestamp and now, both ways (T04). */
export const REPLAY_WINDOW_MS = 300_000;

// Fifteen digits are always an exact number, and reach the year 33658 in milliseconds.
const DIGITS = /^\d{1,15}$/;

/**
 * Returns when the timestamp lies within the replay window of `now`, both ways and inclusive, and throws
 * `webhook_unverified` otherwise. The timestamp is digits and nothing else, in units of `unitMs` milliseconds;
 * put the header's own string under the MAC, never this number.
 */
export function requireFresh(
  timestamp: string,
  { now = Date.now(), replayWindowMs = REPLAY_WINDOW_MS }: Pick<SignedDelivery, "now" | "replayWindowMs">,
  unitMs: 1 | 1000,
): void {
  if (!Number.isFinite(now) || !Number.isFinite(replayWindowMs)) {
    throw new ConfigurationError("Give `now` and `replayWindowMs` in milliseconds.", {
      option: "now, replayWindowMs",
    });
  }
  if (!DIGITS.test(timestamp)) throw new VerificationError("timestamp_malformed");
  if (Math.abs(now - Number(timestamp) * unitMs) > replayWindowMs) {
    throw new VerificationError("timestamp_outside_window");
  }
}
