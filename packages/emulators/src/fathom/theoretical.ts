import type { Latency } from "../latency.ts";
import { type FathomAccount, isOwn, maySee } from "./account.ts";
import type { FathomLimitValues } from "./limits.ts";

export interface FathomTheoreticalOptions {
  /** Whose key reads; the owner's unless told. */
  readonly email?: string;
  /** Only meetings that were made after it, epoch ms. */
  readonly from?: number;
  /** Transcripts and summaries come with the list, or, as for an app, with two requests a meeting. */
  readonly inline?: boolean;
}

/** The fewest requests for a full read, and the shortest time that the limits allow for them. */
export interface FathomTheoretical {
  readonly requests: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Of the limit that takes longest: (⌈requests ÷ limit⌉ − 1) × window, plus one median latency (PERFORMANCE §8). */
  readonly seconds: number;
  readonly medianLatencyMs: number;
}

export function theoreticalPlan(
  account: FathomAccount,
  limits: FathomLimitValues | undefined,
  latency: Latency,
  pageSize: number,
  {
    email = account.ownerEmail,
    from = Number.NEGATIVE_INFINITY,
    inline = true,
  }: FathomTheoreticalOptions = {},
): FathomTheoretical {
  const user = account.users.get(email);
  const seen = [...account.meetings.values()].filter(
    (meeting) => user && maySee(user, meeting) && isOwn(account, meeting) && meeting.createdAt > from,
  );
  const byKind: Record<string, number> = { meetings: Math.max(1, Math.ceil(seen.length / pageSize)) };
  if (!inline) {
    byKind.transcript = seen.filter(({ transcript }) => transcript !== undefined).length;
    byKind.summary = seen.filter(({ summary }) => summary !== undefined).length;
  }
  const requests = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  const heavy = inline ? requests : requests - (byKind.meetings ?? 0);
  const windows = limits
    ? Math.max(Math.ceil(requests / limits.requests), Math.ceil(heavy / limits.heavy), 1) - 1
    : 0;
  return {
    requests,
    byKind,
    seconds: (windows * (limits?.windowMs ?? 0) + latency.medianMs) / 1_000,
    medianLatencyMs: latency.medianMs,
  };
}
