/** Where the vendor may do either, a host can try both. May be changed at any time. */
export interface StripeBehaviour {
  /** What a refund's status is at first. `pending` ones come to their end with `settleRefund`. */
  refundStatus: "succeeded" | "pending" | "failed";
  /** How long an idempotency key is kept; "at least 24 hours" at the vendor. */
  idempotencyMs: number;
  /** What canceling a canceled subscription gives: reported as 404, and as a 400 that names what may still change. */
  cancelCanceled: "missing" | "refused";
  /** Active subscriptions are billed again when their period ends. Off: periods stay, and a moved clock bills nobody. */
  renewals: boolean;
  /** How long search does not find what is new; "up to a minute" at the vendor. */
  searchLagMs: number;
}

const HOUR = 3_600_000;

export const DEFAULT_BEHAVIOUR: StripeBehaviour = {
  refundStatus: "succeeded",
  idempotencyMs: 24 * HOUR,
  cancelCanceled: "missing",
  renewals: false,
  searchLagMs: 0,
};
