const stamp = /^\[(\d{2,4}):(\d{2}):(\d{2})\] /;
/** A stamp, the brackets around it and the blank behind. */
const reach = 14;

/** From when to when something was said, from the recording's start. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * When the turns of a passage began, the first and the last, by the stamps that `transcriptText` wrote. Undefined where
 * no line begins with one. The chunker cuts transcripts between turns, so a passage begins with its own stamp.
 */
export function timeSpan(passage: string): TimeSpan | undefined {
  let startMs: number | undefined;
  let endMs = 0;
  for (let at = 0; at >= 0 && at < passage.length; ) {
    const ms = stampAt(passage, at);
    if (ms !== undefined) {
      startMs ??= ms;
      endMs = Math.max(endMs, ms);
    }
    const next = passage.indexOf("\n", at);
    at = next < 0 ? -1 : next + 1;
  }
  return startMs === undefined ? undefined : { startMs, endMs };
}

function stampAt(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== 91) return undefined;
  const found = stamp.exec(text.slice(at, at + reach));
  if (!found) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = found.map(Number);
  return (hours * 3_600 + minutes * 60 + seconds) * 1_000;
}
