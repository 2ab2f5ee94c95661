/** A limit of `max` in any `windowMs`, counted per key. */
export interface RollingWindow {
  readonly max: number;
  readonly windowMs: number;
  /** How many more fit at this moment. */
  remaining(key: string, now: number): number;
  /** Takes one place; false when none is left, in which case nothing is counted. */
  take(key: string, now: number): boolean;
  /** When a place becomes free, epoch ms; `now` when one is free already. */
  freeAt(key: string, now: number): number;
}

export function rollingWindow(max: number, windowMs: number): RollingWindow {
  const taken = new Map<string, number[]>();
  const live = (key: string, now: number) => {
    const times = taken.get(key) ?? [];
    let expired = 0;
    for (const time of times) {
      // A clock that was set back leaves times in the future; they would block for ever.
      if (time > now - windowMs && time <= now) break;
      expired++;
    }
    if (expired > 0) times.splice(0, expired);
    taken.set(key, times);
    return times;
  };
  return {
    max,
    windowMs,
    remaining: (key, now) => Math.max(0, max - live(key, now).length),
    take(key, now) {
      const times = live(key, now);
      if (times.length >= max) return false;
      times.push(now);
      return true;
    },
    freeAt(key, now) {
      const times = live(key, now);
      const oldest = times[times.length - max];
      return oldest === undefined ? now : oldest + windowMs;
    },
  };
}
