import type { Json, KeyToRead, Page, PullScope, ReadResult } from "@halo/core";
import * as z from "zod";
import { List } from "./list-pages.ts";

/**
 * How far back events can be read: 30 days, less one for clocks and for what takes long ("List all events" in Stripe's
 * documentation, read 2026-11-21). Whoever was away for longer reads everything again.
 */
export const EVENTS_WINDOW_MS = 29 * 86_400_000;

/** The one part of a reading by events. */
export const EVENTS = "events";

const PAGE = 100;

const Event = z.object({
  id: z.string().min(1),
  data: z.object({ object: z.looseObject({ object: z.string().nullish(), id: z.string().nullish() }) }),
});

/** What an event is about, in whatever version: good for its id, and no more. */
export interface EventObject {
  readonly object?: string | null | undefined;
  readonly id?: string | null | undefined;
  readonly [field: string]: unknown;
}

/** The object itself, if it is of that kind. */
export const itself = ({ id, object }: EventObject, kind: string): KeyToRead | undefined =>
  object === kind && id ? { key: id } : undefined;

const Cursor = z.object({ after: z.string() });

/**
 * What changed since, by Stripe's own events: newest first, each object read once, in the version we name and as it is
 * now. An event's own object is in a version that nobody chose, and its order is not promised.
 */
export async function* changedPages(
  scope: PullScope<unknown> & { readonly since: Date; readonly cursor: Json | undefined },
  types: readonly string[],
  keyOf: (object: EventObject) => KeyToRead | undefined,
  read: (keys: readonly KeyToRead[]) => Promise<ReadResult>,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let after = scope.cursor === undefined ? undefined : Cursor.parse(scope.cursor).after;
  for (;;) {
    const list = await scope.http.get("/v1/events", {
      query: {
        types,
        created: { gte: Math.floor(scope.since.getTime() / 1_000) },
        limit: PAGE,
        starting_after: after,
      },
      schema: List,
      signal: scope.signal,
    });
    const keys = new Map<string, KeyToRead>();
    for (const one of list.data) {
      const event = Event.safeParse(one).data;
      const named = event && keyOf(event.data.object);
      if (named && !seen.has(named.key)) keys.set(named.key, named);
    }
    for (const key of keys.keys()) seen.add(key);
    const { missing, records, tombstones = [] } = await read([...keys.values()]);
    const last = z.object({ id: z.string().min(1) }).safeParse(list.data.at(-1)).data;
    after = list.has_more ? last?.id : undefined;
    yield {
      records,
      tombstones: [...tombstones, ...missing.map((key) => ({ key }))],
      cursor: after === undefined ? null : { after },
      done: after === undefined,
    };
    if (after === undefined) return;
  }
}
