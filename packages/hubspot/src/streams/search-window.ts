import type { Page } from "@halo/core";
import * as z from "zod";
import type { Caller } from "./associations.ts";
import { compareIds, idOf, isRawObject } from "./crm-object.ts";
import type { ObjectType } from "./object-type.ts";
import { type SearchQuery, searchPage } from "./search.ts";

/**
 * Where a search by time stands: everything before `at` was read. `pinned` means that more than a page of records have
 * exactly the time `at`; of those, the ones up to that id were read.
 */
const Cursor = z.object({ at: z.number(), pinned: z.string().optional() });
type Cursor = z.infer<typeof Cursor>;

export interface SearchWindow {
  /** The time that the window is over, and the order of reading. */
  readonly property: string;
  /** Epoch ms, included. */
  readonly from: number;
}

/**
 * Reads every record whose `property` is at or after a time, by key and never by offset: an offset ends at 10,000
 * results, and steps over a record whenever another one before it changes and moves to the end. The last millisecond of
 * a page is read again with the next one, so a record can come twice.
 */
export async function* searchWindow(
  caller: Caller,
  type: ObjectType,
  { property, from }: SearchWindow,
  resume: unknown,
): AsyncGenerator<Page> {
  let cursor: Cursor | undefined = resume === undefined ? { at: from } : Cursor.parse(resume);
  let seen: ReadonlySet<string> = new Set();
  while (cursor) {
    const { records, more } = await searchPage(caller, type, query(property, cursor));
    const next: Cursor | undefined = more ? advance(property, cursor, records) : unpin(cursor);
    const fresh = records.filter((record) => !seen.has(version(record, property)));
    seen = new Set(records.map((record) => version(record, property)));
    yield { records: fresh, cursor: next ?? cursor, done: next === undefined };
    cursor = next;
  }
}

function query(property: string, { at, pinned }: Cursor): SearchQuery {
  const value = String(at);
  if (pinned === undefined) {
    return { sort: property, filters: [{ propertyName: property, operator: "GTE", value }] };
  }
  return {
    sort: "hs_object_id",
    filters: [
      { propertyName: property, operator: "EQ", value },
      { propertyName: "hs_object_id", operator: "GT", value: pinned },
    ],
  };
}

/** Where the next page begins, when this one was not the last of its query. */
function advance(property: string, cursor: Cursor, records: readonly unknown[]): Cursor {
  if (cursor.pinned !== undefined) {
    const last = records
      .map(idOf)
      .reduce<string>(
        (greatest, id) => (id !== undefined && compareIds(id, greatest) > 0 ? id : greatest),
        cursor.pinned,
      );
    // A page without a single readable id cannot be passed by id: leave the millisecond.
    return last === cursor.pinned ? { at: cursor.at + 1 } : { at: cursor.at, pinned: last };
  }
  const last = Math.max(cursor.at, ...records.map((record) => timeOf(record, property)));
  return last > cursor.at ? { at: last } : { at: cursor.at, pinned: "0" };
}

/** After the last record of a pinned millisecond the window goes on behind it. */
function unpin(cursor: Cursor): Cursor | undefined {
  return cursor.pinned === undefined ? undefined : { at: cursor.at + 1 };
}

function timeOf(record: unknown, property: string): number {
  const properties = isRawObject(record) ? record.properties : undefined;
  const value = isRawObject(properties) ? properties[property] : undefined;
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at;
}

function version(record: unknown, property: string): string {
  return `${idOf(record)}@${timeOf(record, property)}`;
}
