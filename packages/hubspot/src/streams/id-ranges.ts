import type { Caller } from "./associations.ts";
import { type IdRange, LIST_PAGE } from "./object-pages.ts";
import type { ObjectType } from "./object-type.ts";
import { searchId } from "./search.ts";

/**
 * Pages of a range. One cursor makes about four calls a second, a third of what the limit allows, so long lists are cut
 * into parts that are read side by side; each cut costs a search, which is outside the limit that lists share. Search
 * counts to 10,000, so a hundred pages is the longest part that it can measure off. See the decision record "HubSpot's
 * lists are cut by search".
 */
export const RANGE_PAGES = 100;
const RANGE = RANGE_PAGES * LIST_PAGE;

export interface SizedRange extends IdRange {
  readonly records: number;
}

/** Cuts the records of one kind into ranges of exactly `RANGE_PAGES` full pages, and a last one with the rest. */
export async function idRanges(caller: Caller, type: ObjectType): Promise<readonly SizedRange[]> {
  const ranges: SizedRange[] = [];
  let last: string | undefined;
  for (;;) {
    const { id, total } = await searchId(caller, type, { after: last, offset: RANGE - 1 });
    const from = last === undefined ? undefined : following(last);
    if (id === undefined || total <= RANGE) {
      ranges.push({ from, records: total });
      return ranges;
    }
    ranges.push({ from, until: following(id), records: RANGE });
    if (total - RANGE <= RANGE) {
      ranges.push({ from: following(id), records: total - RANGE });
      return ranges;
    }
    last = id;
  }
}

/** The smallest id after this one. */
function following(id: string): string {
  return String(BigInt(id) + 1n);
}
