import type { Json, VendorHttp } from "@halo/core";
import * as z from "zod";

/** The envelope; one odd meeting is set aside by itself. */
export const MeetingPage = z.object({
  items: z.array(z.unknown()),
  next_cursor: z.string().nullish(),
});

/** All that is kept of a meeting. A key may ask for it with the list; an app could not. */
export const EVERYTHING = { include_transcript: true, include_summary: true, include_action_items: true };

/** What is edited afterwards, without what was said: that is nearly all of a meeting's bytes, and stays as it is. */
export const WHAT_CHANGES = { include_summary: true, include_action_items: true };

const Place = z.object({ everything: z.boolean(), next: z.string() });

/** Where a pull stands: Fathom's own cursor, and what its list brings. Undefined at the beginning. */
export const placeOf = (cursor: Json | undefined): z.infer<typeof Place> | undefined =>
  Place.safeParse(cursor).data;

/** Meetings that were recorded after a moment, page by page: ten each, and no order that is promised. */
export async function* listMeetings(
  http: VendorHttp,
  {
    after,
    cursor,
    parts,
    signal,
  }: {
    readonly after: Date;
    readonly cursor?: string | undefined;
    readonly parts: { readonly [part: string]: boolean };
    readonly signal: AbortSignal;
  },
): AsyncGenerator<{ readonly items: readonly unknown[]; readonly cursor: string; readonly done: boolean }> {
  let next = cursor ?? "";
  do {
    const query = { ...parts, created_after: after.toISOString(), cursor: next || undefined };
    const page = await http.get("/meetings", { query, schema: MeetingPage, signal });
    next = page.next_cursor ?? "";
    yield { items: page.items, cursor: next, done: next === "" };
  } while (next !== "");
}

const DAY_MS = 86_400_000;
/** A setting of the connection, `lookback_days`: how far back a first sync goes. */
const LOOKBACK_DAYS = 90;
const MOST_DAYS = 3_650;

export function lookback(settings: { readonly [name: string]: Json | undefined }, now: Date): Date {
  const { lookback_days: days } = settings;
  const wanted = typeof days === "number" && days > 0 ? Math.min(days, MOST_DAYS) : LOOKBACK_DAYS;
  return new Date(now.getTime() - wanted * DAY_MS);
}
