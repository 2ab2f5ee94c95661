const DAY_MS = 86_400_000;

/** Days, both of them part of the window. */
export interface MonthWindow {
  readonly from: string;
  readonly to: string;
}

/**
 * The days from one moment to another in windows of at most a month, the latest first. Zoom asks for days of UTC, answers
 * at most a month, and a very short span of its own where none is named. 28 days are a month's in every month.
 */
export function monthWindows(from: Date, to: Date): readonly MonthWindow[] {
  const first = dayOf(from);
  const windows: MonthWindow[] = [];
  for (let last = dayOf(to); last >= first; last -= 28) {
    windows.push({ from: written(Math.max(first, last - 27)), to: written(last) });
  }
  return windows;
}

const dayOf = (moment: Date) => Math.floor(moment.getTime() / DAY_MS);
const written = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);
