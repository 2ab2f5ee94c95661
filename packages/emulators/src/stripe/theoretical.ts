import type { Latency } from "../latency.ts";
import { LISTS } from "./api/expand.ts";
import { INNER_LIST } from "./api/render.ts";
import type { Book, Kind } from "./book/book.ts";
import type { StripeLimitValues } from "./limits.ts";

/** The fewest requests for a full read, and the shortest time that the limits allow for them. */
export interface StripeTheoretical {
  readonly requests: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** The longest of: all requests at the account's rate, each kind's at its endpoint's. Plus one median latency. */
  readonly seconds: number;
  readonly perSecond: number | undefined;
  readonly medianLatencyMs: number;
}

export const READ_KINDS: readonly Kind[] = [
  "customer",
  "subscription",
  "invoice",
  "payment_intent",
  "charge",
  "refund",
  "product",
  "price",
];

export function theoreticalPlan(
  book: Book,
  limits: StripeLimitValues | undefined,
  latency: Latency,
  kinds: readonly Kind[] = READ_KINDS,
): StripeTheoretical {
  const byKind: Record<string, number> = { account: 1 };
  for (const kind of kinds) {
    const table = book.tables[kind];
    byKind[`list ${kind}`] = Math.max(1, Math.ceil(table.size / 100));
    // Lists inside of objects that are cut have to be read to their end.
    for (const list of Object.values(LISTS[kind] ?? {})) {
      if (list.onRequest) continue;
      const rest = table.rows.reduce((sum, row) => {
        const members = book.tables[list.kind].by(list.by, row.id)?.length ?? 0;
        return members > INNER_LIST ? sum + Math.ceil(members / 100) : sum;
      }, 0);
      if (rest > 0) byKind[`list ${list.kind}`] = rest;
    }
  }
  const requests = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  const perSecond = limits && (book.livemode ? limits.livePerSecond : limits.testPerSecond);
  const waits = (count: number, rate: number | undefined) => (rate ? Math.ceil(count / rate) - 1 : 0);
  const slowest = Math.max(
    waits(requests, perSecond),
    ...Object.values(byKind).map((count) => waits(count, limits?.endpointPerSecond)),
  );
  return {
    requests,
    byKind,
    seconds: slowest + latency.medianMs / 1_000,
    perSecond,
    medianLatencyMs: latency.medianMs,
  };
}
