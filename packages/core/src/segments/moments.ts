import type { SegmentComparison, SegmentFilter } from "./filter.ts";

const dayMs = 24 * 60 * 60_000;

/** From `from` on, and before `to`. */
export interface Span {
  readonly from?: Date;
  readonly to?: Date;
}

type DatedComparison = Extract<
  SegmentComparison,
  {
    operator:
      | "on"
      | "before"
      | "after"
      | "on_or_before"
      | "on_or_after"
      | "in_last_days"
      | "not_in_last_days"
      | "in_next_days"
      | "between";
  }
>;

/** What a comparison of dates means at that time; one that looks back so many days means them whole, by the clock. */
export function spanOf(comparison: DatedComparison, now: Date): Span {
  const { operator, value } = comparison;
  switch (operator) {
    case "on":
      return momentOf(value);
    case "before":
      return { to: momentOf(value).from };
    case "after":
      return { from: momentOf(value).to };
    case "on_or_before":
      return { to: momentOf(value).to };
    case "on_or_after":
      return { from: momentOf(value).from };
    case "between":
      return { from: momentOf(String(value[0])).from, to: momentOf(String(value[1])).to };
    case "in_last_days":
    case "not_in_last_days":
      return { from: new Date(now.getTime() - value * dayMs), to: new Date(now.getTime() + 1) };
    default:
      return { from: now, to: new Date(now.getTime() + value * dayMs + 1) };
  }
}

/** A day lasts until the next one, a point in time until the next millisecond. */
function momentOf(text: string): { readonly from: Date; readonly to: Date } {
  const from = Date.parse(text);
  return { from: new Date(from), to: new Date(from + (text.length === 10 ? dayMs : 1)) };
}

/** Whether customers come and go with the time alone: then a segment has to be looked at without any change. */
export function movesWithTime(filter: SegmentFilter): boolean {
  if ("all" in filter) return filter.all.some(movesWithTime);
  if ("any" in filter) return filter.any.some(movesWithTime);
  if ("not" in filter) return movesWithTime(filter.not);
  if ("has" in filter) return filter.where !== undefined && movesWithTime(filter.where);
  return filter.operator.endsWith("_days");
}
