import type { Caller } from "./associations.ts";
import { type IdRange, LIST_PAGE } from "./object-pages.ts";
import type { ObjectType } from "./object-type.ts";
import { searchId } from "./search.ts";

/**
 * One cursor makes about four calls a second, a third of what the limit allows, so long lists are cut into parts that
 * are read side by side. Each cut costs a search, which is outside the limit that lists share but is a request all the
 * same. Search counts to 10,000, so a hundred pages is the longest part that it can measure off. See the decision
 * record "HubSpot's lists are cut by search".
 */
const LONG_PART = 100 * LIST_PAGE;
/** For lists of middling length: few parts must keep the limit busy to the end. */
const SHORT_PART = 50 * LIST_PAGE;
/** Records up to which a list is of middling length. */
const MIDDLING = 250 * LIST_PAGE;

export interface SizedRange extends IdRange {
  readonly records: number;
}

/** Cuts the records of one kind into ranges of full pages, all of one length but the last, which takes the rest. */
export async function idRanges(caller: Caller, type: ObjectType): Promise<readonly SizedRange[]> {
  const first = await searchId(caller, type, { after: undefined, offset: LONG_PART - 1 });
  const { total } = first;
  const part = total > MIDDLING ? LONG_PART : SHORT_PART;
  // Contacts are read before all else: their last part may be twice as long, since others fill what it leaves.
  const longPart = type === "contacts" ? 2 * LONG_PART : LONG_PART;
  const longestRest = total > MIDDLING ? longPart : total > LONG_PART ? SHORT_PART : LONG_PART;
  const ranges: SizedRange[] = [];
  let last: string | undefined;
  let rest = total;
  while (rest > longestRest) {
    const known = total - rest + part === LONG_PART ? first.id : undefined;
    const end = known ?? (await searchId(caller, type, { after: last, offset: part - 1 })).id;
    if (end === undefined) break;
    ranges.push({ from: last && following(last), until: following(end), records: part });
    last = end;
    rest -= part;
  }
  ranges.push({ from: last && following(last), records: rest });
  return ranges;
}

/** The smallest id after this one. */
function following(id: string): string {
  return String(BigInt(id) + 1n);
}
