/** A timing line is short; a longer one is somebody's text. */
const longestTiming = 200;
/** Cues of one piece: the parser queues the lines that it is given, and a long queue costs more than its length. */
const cuesAPiece = 300;

/**
 * A file in order, in pieces that a WebVTT parser takes without losing a word: it drops a cue whose times are wrong, with
 * what was said in it. Text under a timing that cannot be read, or under none, belongs to the cue before it; a cue that
 * ends before it begins lasts a moment. Notes, styles and regions go. Each line is looked at once (T25).
 */
export function* repairCues(file: string): Generator<string> {
  let piece: string[] = [];
  let cues = 0;
  /** Whether lines belong to a cue, to a block that is left out, or to nothing yet. */
  let inside: "cue" | "skipped" | "nothing" = "nothing";
  /** A line after a blank one: the number of the cue that follows, or text that lost its cue. */
  let waiting: string | undefined;
  let seen = false;

  // The parser takes a cue's first line that begins with the name of a setting for that setting.
  const say = (line: string) => piece.push(`${GUARD}${line}`);
  const takeWaiting = () => {
    if (waiting !== undefined && seen && !isNumber(waiting)) say(waiting);
    waiting = undefined;
  };

  for (const line of linesBelowFirst(file)) {
    if (isBlank(line)) {
      takeWaiting();
      inside = "nothing";
    } else if (isTiming(line)) {
      // What stood right above is the cue's number or name.
      waiting = undefined;
      inside = "cue";
      const times = timesOf(line);
      if (!times && seen) continue;
      if (cues === cuesAPiece) {
        yield whole(piece);
        piece = [];
        cues = 0;
      }
      const { start, end } = times ?? { start: 0, end: 1 };
      piece.push("", `${written(start)} --> ${written(end)}`);
      cues++;
      seen = true;
    } else if (inside === "cue") say(line);
    else if (inside === "nothing" && isMark(line)) inside = "skipped";
    else if (inside === "nothing") {
      takeWaiting();
      waiting = line;
    }
  }
  takeWaiting();
  if (cues > 0) yield whole(piece);
}

/** Stands before each line of text while the parser has it. */
export const GUARD = "\u2060";

const whole = (piece: readonly string[]) => `WEBVTT\n${piece.join("\n")}\n`;
const isBlank = (line: string) => line.length <= longestTiming && line.trim() === "";
const isTiming = (line: string) => line.length <= longestTiming && line.includes("-->");
const isMark = (line: string) => /^(NOTE|STYLE|REGION)(\s|$)/.test(line.slice(0, 8));
const isNumber = (line: string) => line.length <= 12 && /^\s*\d+\s*$/.test(line);

/** Line by line, whatever ends them; the first one is the header. */
function* linesBelowFirst(file: string): Generator<string> {
  let start = nextLine(file, 0);
  while (start >= 0) {
    const next = nextLine(file, start);
    let end = next < 0 ? file.length : next - 1;
    if (end > start && file.charCodeAt(end - 1) === 13 && file.charCodeAt(end) === 10) end--;
    yield file.slice(start, end);
    start = next;
  }
}

/** Where the line after the one at `from` begins; -1 for none. */
function nextLine(file: string, from: number): number {
  for (let at = from; at < file.length; at++) {
    const code = file.charCodeAt(at);
    if (code === 10) return at + 1;
    if (code === 13) return file.charCodeAt(at + 1) === 10 ? at + 2 : at + 1;
  }
  return -1;
}

function timesOf(line: string): { readonly start: number; readonly end: number } | undefined {
  const arrow = line.indexOf("-->");
  const start = msOf(line.slice(0, arrow));
  const end = msOf(line.slice(arrow + 3));
  if (start === undefined) return undefined;
  return { start, end: end !== undefined && end > start ? end : start + 1 };
}

// Hours may be missing, the fraction may be behind a comma, and have any length.
const time = /^\s{0,9}(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?(?=\s|$)/;

function msOf(text: string): number | undefined {
  const found = time.exec(text.slice(0, 40));
  if (!found) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0", fraction = "0"] = found;
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000 + ms;
}

function written(ms: number): string {
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  // The parser reads hours of two digits, and an end is a moment past 99 hours at most.
  const seconds = Math.floor(Math.min(ms, 359_999_999) / 1_000);
  return `${pad(Math.floor(seconds / 3_600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.${pad(ms % 1_000, 3)}`;
}
