import type { Shard } from "@halo/core";
import * as z from "zod";
import { compareIds, following } from "./crm-object.ts";
import { LIST_PAGE } from "./object-pages.ts";
import type { ObjectType } from "./object-type.ts";

/**
 * One cursor makes about four calls a second, a third of what the limit allows, so long lists are cut into parts that
 * are read side by side. Each cut costs a search, which is outside the limit that lists share but is a request all the
 * same. Search counts to 10,000, so a hundred pages is the longest part that it can measure off. See the decision
 * records "HubSpot's lists are cut by search" and "Lists are cut while they are read".
 */
const LONG_PART = 100 * LIST_PAGE;
/** For lists of middling length: few parts must keep the limit busy to the end. */
const SHORT_PART = 50 * LIST_PAGE;
/** Records up to which a list is of middling length. */
const MIDDLING = 250 * LIST_PAGE;

/** Records of a list from `from` on and before `until`, by id; to the list's ends where absent. */
export const ListPart = z.object({
  read: z.literal("list"),
  from: z.string().nullish(),
  until: z.string().nullish(),
  /** The list's own cursor for `from`, where it gave one. */
  after: z.string().nullish(),
  /** A search for its end is due: after so many records. `of` is how many there are in all; absent while unknown. */
  cut: z.object({ records: z.number().int(), of: z.number().int().nullish() }).nullish(),
});
export type ListPart = z.infer<typeof ListPart>;

/** A list of which nothing is known; its parts are found while it is read. */
export const wholeList: Shard = { id: "all", params: { read: "list", cut: { records: LONG_PART } } };

/** What the search for a part's cut found. */
export interface CutFound {
  /** Of the last record before the cut; undefined where there are not so many. */
  readonly id: string | undefined;
  /** Records from the part's beginning to the list's end. */
  readonly total: number;
}

/** How far a part was read when its cut was found. */
export interface ReadSoFar {
  readonly pages: number;
  /** Where to go on: the smallest id, and the list's own cursor for it. */
  readonly from: string;
  readonly after: string | undefined;
}

/** Who goes on with a part: its own rest up to the cut, and what comes after, which may have to be cut again. */
export function partsOf(
  type: ObjectType,
  part: ListPart,
  found: CutFound,
  read: ReadSoFar,
): readonly Shard[] {
  const { cut, until } = part;
  if (!cut) return [];
  const measured = cut.of != null;
  const done = read.pages * LIST_PAGE;
  const of = until && cut.of != null ? cut.of : found.total;
  // The first search of a list tells how many there are; the parts' own counts would tell them again.
  const told = measured ? {} : { records: of };
  const own = { from: read.from, after: read.after, until };
  const end = found.id && following(found.id);
  const short = !measured && of <= LONG_PART;
  if (!end || short || (until && compareIds(end, until) >= 0)) {
    return [{ ...shard(own, of - done), ...told }];
  }
  // The search took so long that its answer lies behind: another one.
  if (compareIds(end, read.from) <= 0) {
    return [{ ...rest(type, own, of - done, cut.records), ...told }];
  }
  if (!measured && of <= MIDDLING) {
    // Half of what was measured is a part, and so is what comes after, by halves.
    const half = SHORT_PART - done;
    const again = half > 0 ? { records: half, of: LONG_PART - done } : undefined;
    return [
      { ...shard({ ...own, until: end }, LONG_PART - done, again), ...told },
      rest(type, { from: end, until }, of - LONG_PART, SHORT_PART),
    ];
  }
  return [
    { ...shard({ ...own, until: end }, cut.records - done), ...told },
    rest(type, { from: end, until }, of - cut.records, cut.records),
  ];
}

function rest(type: ObjectType, range: Range, of: number, records: number): Shard {
  // Contacts are read before all else: their last part may be twice as long, since others fill what it leaves.
  const longest = records <= SHORT_PART ? SHORT_PART : type === "contacts" ? 2 * LONG_PART : LONG_PART;
  return shard(range, of, of > longest ? { records, of } : undefined);
}

type Range = Pick<ListPart, "from" | "until" | "after">;

function shard({ from, until, after }: Range, records: number, cut?: ListPart["cut"]): Shard {
  return {
    id: `from-${from}`,
    params: {
      read: "list",
      ...(from && { from }),
      ...(until && { until }),
      ...(after && { after }),
      ...(cut && { cut }),
    },
    pages: Math.max(1, Math.ceil(records / LIST_PAGE)),
  };
}
