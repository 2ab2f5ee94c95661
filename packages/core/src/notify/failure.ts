import { isHaloError } from "../errors.ts";

const waitsMs = [2_000, 10_000, 30_000, 120_000, 300_000, 900_000];
const reconnectMs = 5 * 60_000;

/** What becomes of a message whose sending failed; `again` is epoch ms. */
export type Failure =
  /** The sink took nothing, and said when: no attempt of ours. */
  | { readonly kind: "wait"; readonly reason: string; readonly again: number }
  | { readonly kind: "later"; readonly reason: string; readonly again: number }
  | { readonly kind: "end"; readonly reason: string };

export function failureOf(error: unknown, now: number, attempts: number): Failure {
  const later = (reason: string): Failure => {
    const wait = waitsMs[Math.min(attempts, waitsMs.length) - 1] ?? 2_000;
    return { kind: "later", reason, again: now + wait };
  };
  // What a host's own code throws says nothing of whether a retry helps: one that never does ends by its age.
  if (!isHaloError(error)) return later("sink_failed");
  if (isHaloError(error, "rate_limited")) {
    const { retryAt } = error as unknown as { readonly retryAt: number };
    return { kind: "wait", reason: error.code, again: Math.max(retryAt, now + 1_000) };
  }
  if (error.code === "reconnect_required" || error.code === "credentials_unreadable")
    return { kind: "wait", reason: error.code, again: now + reconnectMs };
  const said = (error as { readonly reason?: unknown }).reason;
  // The vendor's own word, where it is a word: no text of a customer's gets here.
  const reason = typeof said === "string" && /^[\w.:-]{1,100}$/.test(said) ? said : error.code;
  if (error.retryable || error.code === "vendor_timeout" || error.code === "outcome_unknown")
    return later(reason);
  return { kind: "end", reason };
}
