import { isHaloError, type Page } from "@halo/core";
import * as z from "zod";
import { type Caller, completeAssociations, repeatedCursor } from "./associations.ts";
import { compareIds, idOf, ObjectPage, preceding } from "./crm-object.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";
import { searchPage } from "./search.ts";

/** Records from `from` on and before `until`, by id; open where undefined. */
export interface IdRange {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Records of a page of the list endpoint, the most that it gives. */
export const LIST_PAGE = 100;

/** The list's own cursor, or the last id read where the list did not take the cursor. */
const Cursor = z.union([z.object({ after: z.string() }), z.object({ read: z.string() })]);
type Cursor = z.infer<typeof Cursor>;

/**
 * Reads a range of records from the list endpoint, with their associations inside. A range begins by giving its first
 * id as the list's cursor.
 *
 * guess: `after` is the id of the next record, and any number does. In practice so, documented nowhere; where it is
 * refused or not obeyed, the range is read by search instead, which is documented and slower.
 */
export async function* objectPages(
  caller: Caller,
  type: ObjectType,
  range: IdRange,
  resume: unknown,
): AsyncGenerator<Page> {
  let cursor: Cursor | undefined =
    resume === undefined
      ? range.from === undefined
        ? undefined
        : { after: range.from }
      : Cursor.parse(resume);
  for (;;) {
    if (cursor && "read" in cursor) {
      yield* rangeBySearch(caller, type, range, cursor.read);
      return;
    }
    const after: string | undefined = cursor?.after;
    const page = await listPage(caller, type, after);
    if (page === undefined || !obeys(range, page.results)) {
      cursor = { read: preceding(after ?? "0") };
      continue;
    }
    const next = page.paging?.next?.after;
    requireProgress(after, next, page.results);
    const records = await completeAssociations(caller, type, within(range, page.results));
    const done = next === undefined || endsBefore(range, page.results, next);
    cursor = next === undefined ? cursor : { after: next };
    yield { records, cursor: cursor ?? null, done };
    if (done) return;
  }
}

/** Undefined when HubSpot does not take the cursor (any more). */
async function listPage({ http, signal, paths }: Caller, type: ObjectType, after: string | undefined) {
  const { properties, associations } = OBJECT_TYPES[type];
  try {
    return await http.get(paths.objects(type), {
      query: {
        limit: LIST_PAGE,
        after,
        properties: properties.join(","),
        associations: associations.length > 0 ? associations.join(",") : undefined,
      },
      schema: ObjectPage,
      signal,
    });
  } catch (error) {
    if (after === undefined || !isHaloError(error, "vendor_failed")) throw error;
    if ((error as { status?: number }).status !== 400) throw error;
    return undefined;
  }
}

async function* rangeBySearch(
  caller: Caller,
  type: ObjectType,
  { until }: IdRange,
  read: string,
): AsyncGenerator<Page> {
  let last = read;
  for (;;) {
    const { records, more } = await searchPage(caller, type, {
      sort: "hs_object_id",
      filters: [
        { propertyName: "hs_object_id", operator: "GT", value: last },
        ...(until === undefined
          ? []
          : [{ propertyName: "hs_object_id", operator: "LT" as const, value: until }]),
      ],
    });
    const ids = records.map(idOf).filter((id) => id !== undefined);
    const greatest = ids.reduce((a, b) => (compareIds(a, b) > 0 ? a : b), last);
    if (more && greatest === last) throw repeatedCursor();
    last = greatest;
    yield { records, cursor: { read: last }, done: !more };
    if (!more) return;
  }
}

/** Whether a page that was to begin at the range's first id does so. */
function obeys({ from }: IdRange, results: readonly unknown[]): boolean {
  return from === undefined || results.every((record) => compareIds(idOf(record) ?? from, from) >= 0);
}

/** Odd records have no place in the order: they pass, and are quarantined. */
function within({ until }: IdRange, results: readonly unknown[]): readonly unknown[] {
  if (until === undefined) return results;
  return results.filter((record) => compareIds(idOf(record) ?? "0", until) < 0);
}

function endsBefore({ until }: IdRange, results: readonly unknown[], next: string): boolean {
  if (until === undefined) return false;
  const last = results.map(idOf).findLast((id) => id !== undefined);
  const beyond = (id: string | undefined) => id !== undefined && compareIds(id, until) >= 0;
  return beyond(last) || (/^\d+$/.test(next) && beyond(next));
}

function requireProgress(
  after: string | undefined,
  next: string | undefined,
  results: readonly unknown[],
): void {
  if (next === undefined) return;
  const first = results.map(idOf).find((id) => id !== undefined);
  if (next === after || (results.length > 1 && next === first)) throw repeatedCursor();
}
