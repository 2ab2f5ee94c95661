import type { Latency } from "../latency.ts";
import { transcriptOf, type ZoomAccount } from "./account.ts";
import type { ZoomLimitValues, ZoomRateLabel } from "./limits.ts";

export interface ZoomTheoreticalOptions {
  /** From when on recordings are read, epoch ms; the oldest meeting unless told. */
  readonly from?: number;
  /** Epoch ms; now unless told. */
  readonly to?: number;
  /** Whether who took part is read, a request a meeting. True unless told. */
  readonly participants?: boolean;
  /** Whether transcripts are downloaded. True unless told. */
  readonly transcripts?: boolean;
}

/** The fewest requests for a full read, and the shortest time that the limits allow for them. */
export interface ZoomTheoretical {
  readonly requests: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Of the label that takes longest: (⌈requests ÷ limit⌉ − 1) × window, plus one median latency (PERFORMANCE §8). */
  readonly seconds: number;
  readonly medianLatencyMs: number;
}

const PAGE = 300;
const LABELS: Readonly<Record<string, ZoomRateLabel>> = {
  users: "medium",
  recordings: "medium",
  participants: "medium",
};

const pages = (count: number) => Math.max(1, Math.ceil(count / PAGE));

/** How many windows of a month cover a span, counted back from its end. */
function monthsIn(from: number, to: number): number {
  const date = new Date(to);
  let months = 0;
  do {
    date.setUTCMonth(date.getUTCMonth() - 1);
    months++;
  } while (date.getTime() > from);
  return months;
}

export function theoreticalPlan(
  account: ZoomAccount,
  limits: ZoomLimitValues | undefined,
  latency: Latency,
  now: number,
  options: ZoomTheoreticalOptions = {},
): ZoomTheoretical {
  const all = [...account.meetings.values()];
  const to = options.to ?? now;
  const from = options.from ?? Math.min(to, ...all.map(({ startMs }) => startMs));
  const live = all.filter(
    ({ recording, startMs }) =>
      recording && recording.trashedAt === undefined && startMs >= from && startMs <= to,
  );
  // A window of a month holds more than a page only where there is much: the total is a lower bound.
  const months = monthsIn(from, to);
  const recordings = [...account.users.keys()]
    .map((id) => live.filter(({ hostId }) => hostId === id).length)
    .reduce((sum, count) => sum + Math.max(months, Math.ceil(count / PAGE)), 0);
  const statuses = new Set([...account.users.values()].map(({ status }) => status));
  const transcripts = live.filter(
    (one) => transcriptOf(one)?.status === "completed" && !one.recording?.isPrivate,
  );
  const byKind: Record<string, number> = {
    user: 1,
    users: statuses.size * pages(account.users.size),
    recordings,
  };
  if (options.participants ?? true)
    byKind.participants = live.reduce((sum, { participants }) => sum + pages(participants.length), 0);
  if (options.transcripts ?? true) byKind.download = transcripts.length;
  const waitMs = Math.max(0, ...(["light", "medium"] as const).map((label) => waitOf(label, byKind, limits)));
  return {
    requests: Object.values(byKind).reduce((sum, count) => sum + count, 0),
    byKind,
    seconds: (waitMs + latency.medianMs) / 1_000,
    medianLatencyMs: latency.medianMs,
  };
}

function waitOf(
  label: ZoomRateLabel,
  byKind: Readonly<Record<string, number>>,
  limits: ZoomLimitValues | undefined,
): number {
  const limit = limits?.[label];
  if (!limit) return 0;
  const count = Object.entries(byKind)
    // Downloads count under no label.
    .filter(([kind]) => kind !== "download" && (LABELS[kind] ?? "light") === label)
    .reduce((sum, [, requests]) => sum + requests, 0);
  return Math.max(0, Math.ceil(count / limit.max) - 1) * limit.windowMs;
}
