import * as z from "zod";

/** The window of the day in which scheduled syncs may begin, by a time zone's clock. It may cross midnight. */
export const SyncWindow = z.strictObject({
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  timeZone: z.string().refine(isTimeZone, "an IANA time zone"),
});
export type SyncWindow = z.infer<typeof SyncWindow>;

const minuteMs = 60_000;

/** The first time from `now` on (epoch ms) that lies in the window: `now` itself when it does, or without a window. */
export function nextOpening(setting: unknown, now: number): number {
  const parsed = SyncWindow.safeParse(setting);
  if (!parsed.success) return now;
  const { from, to, timeZone } = parsed.data;
  const opens = minutes(from);
  const closes = minutes(to);
  if (opens === closes) return now;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  // By minutes, since only the calendar knows where a day has 23 or 25 hours; two days cover every gap.
  for (let step = 0; step <= 2 * 24 * 60; step++) {
    const at = step === 0 ? now : Math.floor(now / minuteMs) * minuteMs + step * minuteMs;
    const local = minutes(clock.format(at));
    const open = opens < closes ? local >= opens && local < closes : local >= opens || local < closes;
    if (open) return at;
  }
  return now;
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
