import type { DigestSchedule } from "../ports/notification-store.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * The newest time that a digest was due, not after `now`, and the next one. A day has its time once: where the clock is
 * turned back the first of the two counts, and where it is turned forward over it, the moment after the gap (F85).
 */
export function slotsAround(
  schedule: DigestSchedule,
  now: number,
): { readonly last: number; readonly next: number } {
  const local = localParts(schedule.timeZone, now);
  const today = Date.UTC(local.year, local.month - 1, local.day);
  let last = Number.NEGATIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  // Beyond a day or a week, two days more for what a time zone can do to a date.
  const reach = schedule.frequency === "daily" ? 3 : 9;
  for (let offset = -reach; offset <= reach; offset++) {
    const day = today + offset * dayMs;
    if (schedule.frequency === "weekly" && new Date(day).getUTCDay() !== (schedule.weekday ?? 1)) continue;
    const slot = instantOf(day, schedule);
    if (slot <= now) last = Math.max(last, slot);
    else next = Math.min(next, slot);
  }
  return { last, next };
}

/** When the clock of the time zone shows the schedule's time on that day (its midnight, as if in UTC). */
function instantOf(day: number, { at, timeZone }: DigestSchedule): number {
  const wall = day + (Number(at.slice(0, 2)) * 60 + Number(at.slice(3, 5))) * minuteMs;
  const before = wall - offsetAt(timeZone, wall - dayMs);
  const after = wall - offsetAt(timeZone, wall + dayMs);
  const shown = [before, after].filter((instant) => instant + offsetAt(timeZone, instant) === wall);
  // In a gap nobody's clock shows it: by the clock of before, it is as long after the gap as it would be in it.
  return shown.length > 0 ? Math.min(...shown) : before;
}

function offsetAt(timeZone: string, instant: number): number {
  const { day, hour, minute, month, second, year } = localParts(timeZone, instant);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}

interface LocalParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localParts(timeZone: string, instant: number): LocalParts {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const { day = 1, hour = 0, minute = 0, month = 1, second = 0, year = 1970 } = parts;
  return { year, month, day, hour, minute, second };
}
