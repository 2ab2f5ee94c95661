import type { TranscriptTurn } from "../../define/meeting.ts";

/** A turn that is longer begins a new line with its own time, so that a citation in the middle of it is near. */
const longestLine = 1_200;
/** What the chunker takes for a speaker's name. */
const longestName = 60;
const mostWords = 6;

/**
 * A transcript as the text that is searched: a line for each turn, `[HH:MM:SS] Name: what was said`, which is what the
 * chunker cuts at. A turn's line never holds a line break, and what nobody is known to have said comes from `Unknown`.
 */
export function transcriptText(turns: readonly TranscriptTurn[]): string {
  const lines: string[] = [];
  for (const turn of turns) {
    const text = oneLine(turn.text);
    if (text === "") continue;
    const name = speakerName(turn.speaker);
    const pieces = cutLong(text);
    for (const [index, { start, piece }] of pieces.entries()) {
      const at = stampOf(turn, index === 0 ? 0 : start / text.length);
      lines.push(`${at === undefined ? "" : `[${at}] `}${name}: ${piece}`);
    }
  }
  return lines.join("\n");
}

/** A name that reads as a name and ends at its colon, whatever somebody called themselves. */
export function speakerName(raw: string | undefined): string {
  const name = oneLine((raw ?? "").slice(0, 1_000))
    .replace(/[:[\]!?;"<>=|{}@*/\\#]+/g, " ")
    .replace(/^[\s-]+/, "")
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, mostWords)
    .join(" ");
  const short = name.slice(0, longestName).toWellFormed().trim();
  if (!/\p{L}/u.test(short)) return "Unknown";
  // A line that begins with a small letter is no speaker's to the chunker.
  return short.charAt(0).toUpperCase() + short.slice(1);
}

const pad = (value: number) => String(value).padStart(2, "0");

/** `HH:MM:SS`; hours have as many digits as they need. */
export function timeStamp(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${pad(Math.floor(seconds / 3_600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** Of a place within the turn: by how much of its text stands before. Only its beginning, where no end is known. */
function stampOf({ startMs, endMs }: TranscriptTurn, share: number): string | undefined {
  if (startMs === undefined) return undefined;
  const spanMs = endMs !== undefined && endMs > startMs ? endMs - startMs : 0;
  return timeStamp(startMs + spanMs * share);
}

function cutLong(text: string): readonly { readonly start: number; readonly piece: string }[] {
  const pieces: { start: number; piece: string }[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.length - start <= longestLine ? text.length : cutAt(text, start);
    pieces.push({ start, piece: text.slice(start, end).trim() });
    start = end;
  }
  return pieces;
}

/** The end of a sentence, of a word, or of a whole character. */
function cutAt(text: string, start: number): number {
  const limit = start + longestLine;
  const least = start + longestLine / 2;
  const window = text.slice(start, limit);
  for (const mark of [". ", "? ", "! ", " "]) {
    const at = start + window.lastIndexOf(mark);
    if (at > least) return at + mark.length;
  }
  const half = text.charCodeAt(limit - 1);
  return half >= 0xd800 && half <= 0xdbff ? limit - 1 : limit;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
