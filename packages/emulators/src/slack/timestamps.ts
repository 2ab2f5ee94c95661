/**
 * A message's id within its channel: "seconds.micros". It is text everywhere; as a number it would lose its end.
 */
export type Ts = string;

const MICROS = 6;

/** Whole microseconds of a ts, exact. Undefined for what is no ts; seconds alone are one. */
function micros(ts: string): bigint | undefined {
  const match = /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(ts);
  return match ? BigInt(match[1] + (match[2] ?? "").padEnd(MICROS, "0")) : undefined;
}

export const isTs = (text: string): boolean => micros(text) !== undefined;

/** Negative when `a` is older. */
export function compareTs(a: Ts, b: Ts): number {
  const [left = 0n, right = 0n] = [micros(a), micros(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function tsAt(epochMs: number, microsMore = 0): Ts {
  const whole = (BigInt(Math.floor(epochMs)) * 1_000n + BigInt(microsMore))
    .toString()
    .padStart(MICROS + 1, "0");
  return `${whole.slice(0, -MICROS)}.${whole.slice(-MICROS)}`;
}

/** Epoch milliseconds. */
export const msOf = (ts: Ts): number => Number((micros(ts) ?? 0n) / 1_000n);

/** A ts at this moment that is younger than every other one given. */
export function nextTs(epochMs: number, last: Ts | undefined): Ts {
  const now = tsAt(epochMs);
  if (last === undefined || compareTs(now, last) > 0) return now;
  const text = ((micros(last) ?? 0n) + 1n).toString();
  return `${text.slice(0, -MICROS)}.${text.slice(-MICROS)}`;
}
