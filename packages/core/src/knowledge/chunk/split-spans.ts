import { type LastFinder, lastEnd, lastFinder } from "./last-finder.ts";
import { headingAt, headingLevel, isTranscript, speakerAt, turnColon } from "./line-kinds.ts";

/** A chunk before its text is cut out: offsets, and the speaker or heading that it continues. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string | undefined;
}

/** What is known of a text while it is cut. */
interface Cutting {
  readonly text: string;
  readonly size: number;
  /** `Name:` at a line's beginning is a speaker. */
  readonly turns: boolean;
  readonly lastLine: LastFinder;
  readonly lastSentence: LastFinder;
  readonly lastWord: LastFinder;
}

const sentenceEnds = [". ", "? ", "! ", "… ", "。", "！", "？"];
const newline = 10;

/**
 * Cuts greedily: each span takes what fits, ends at the strongest boundary in reach (blank line, heading or turn;
 * line; sentence; word), and the next begins behind it. Every step looks at its own span only, so the whole is linear
 * on any text. Whitespace around spans belongs to none.
 */
export function splitSpans(text: string, size: number, overlap: number): Span[] {
  const turns = isTranscript(text);
  const lastLine = lastFinder(text, "\n");
  const lastSentence = lastEnd(text, sentenceEnds);
  const cutting: Cutting = {
    text,
    size,
    turns,
    lastLine,
    lastSentence,
    lastWord: lastEnd(text, [" ", "\n", "\t"]),
  };
  const headingBefore = headings(text);
  const spans: Span[] = [];
  let start = skipBlank(text, 0);
  /** The first character that no span has yet: with an overlap it lies behind the start. */
  let fresh = start;
  let label: string | undefined;
  while (fresh < text.length) {
    const cut = start + size >= text.length ? text.length : findCut(cutting, start, fresh);
    spans.push({ start, end: trimEnd(text, start, cut), label });
    fresh = skipBlank(text, cut);
    if (fresh >= text.length) break;
    const back = overlap === 0 ? fresh : stepBack(text, start, cut, overlap);
    const next = (fresh - back) * 2 > size ? fresh : back; // a chunk of old text and blanks would bring nothing new
    if (!turns) label = headingLevel(text, next) > 0 ? undefined : headingBefore(next);
    else if (beginsTurn(text, next) || headingLevel(text, next) > 0) label = undefined;
    else label = speakerBefore(cutting, start, next) ?? label;
    start = next;
  }
  return spans;
}

function findCut(cutting: Cutting, start: number, fresh: number): number {
  const { text, size, turns, lastLine } = cutting;
  const limit = start + size;
  const half = start + (size >> 1);
  let line = -1;
  for (let at = lastLine(fresh, limit) + 1; at > 0; at = lineBefore(text, fresh, at)) {
    const strong = turns ? turnColon(text, at) >= 0 : text.charCodeAt(at - 2) === newline;
    if (strong || headingLevel(text, at) > 0) {
      const fits = at >= half || blockEnd(text, at, at + size, turns) <= at + size;
      if (fits) return withoutTrailingHeading(text, fresh, at);
      break;
    }
    if (line < 0 && at >= half) line = at;
  }
  if (line >= 0) return withoutTrailingHeading(text, fresh, line);
  const sentence = cutting.lastSentence(half, limit);
  if (sentence > half) return sentence;
  const word = cutting.lastWord(half, limit);
  return word > half ? word : wholeCharacter(text, limit);
}

/** The beginning of the line before the one that begins at `at`, if it lies behind `from`; else 0. */
function lineBefore(text: string, from: number, at: number): number {
  return at - 1 <= from ? 0 : lineStart(text, from, at - 1, 0);
}

/** Where the line begins that holds the character before `to`, if that is behind `from`; else `otherwise`. */
function lineStart(text: string, from: number, to: number, otherwise: number): number {
  const at = text.slice(from, to).lastIndexOf("\n");
  return at < 0 ? otherwise : from + at + 1;
}

/** Where the turn or paragraph that begins at `at` ends, looking no further than `limit`; beyond it, limit + 1. */
function blockEnd(text: string, at: number, limit: number, turns: boolean): number {
  if (limit >= text.length) return text.length;
  const block = text.slice(at, limit + 2);
  for (let i = block.indexOf("\n"); i >= 0; i = block.indexOf("\n", i + 1)) {
    const next = at + i + 1;
    if (turns ? turnColon(text, next) >= 0 : text.charCodeAt(next) === newline) return next - 1;
  }
  return limit + 1;
}

/** A heading at the end of a chunk says nothing there: the cut moves before it, unless nothing else would be left. */
function withoutTrailingHeading(text: string, fresh: number, cut: number): number {
  const line = lineStart(text, fresh, trimEnd(text, fresh, cut), fresh);
  return line > fresh && headingLevel(text, line) > 0 ? line : cut;
}

function beginsTurn(text: string, at: number): boolean {
  return (at === 0 || text.charCodeAt(at - 1) === newline) && turnColon(text, at) >= 0;
}

/** The speaker (or heading) in whose reach `at` lies, if its line stands in the span that began at `start`. */
function speakerBefore({ text }: Cutting, start: number, at: number): string | undefined {
  for (let line = lineStart(text, start, at, start); ; line = lineStart(text, start, line - 1, start)) {
    const level = headingLevel(text, line);
    if (level > 0) return headingAt(text, line, level);
    if (beginsTurn(text, line)) return speakerAt(text, line, turnColon(text, line));
    if (line <= start) return undefined;
  }
}

/** Tells the last heading before a place, for places that move forward. */
function headings(text: string): (at: number) => string | undefined {
  let current: string | undefined;
  let next = headingLevel(text, 0) > 0 ? 0 : text.indexOf("\n#") + 1 || -1;
  return (at) => {
    while (next >= 0 && next < at) {
      const level = headingLevel(text, next);
      if (level > 0) current = headingAt(text, next, level);
      next = text.indexOf("\n#", next) + 1 || -1;
    }
    return current;
  };
}

/** The first line, else sentence, else word that begins in the last `overlap` characters before `cut`. */
function stepBack(text: string, start: number, cut: number, overlap: number): number {
  const end = trimEnd(text, start, cut);
  const from = Math.max(end - overlap, start + 1);
  const tail = text.slice(from - 1, end);
  const line = tail.indexOf("\n");
  if (line >= 0) return skipBlank(text, from + line);
  let sentence = -1;
  for (const pattern of sentenceEnds) {
    const at = tail.indexOf(pattern);
    if (at >= 0 && (sentence < 0 || at + pattern.length < sentence)) sentence = at + pattern.length;
  }
  if (sentence >= 0 && sentence < tail.length) return skipBlank(text, from - 1 + sentence);
  const word = tail.indexOf(" ");
  if (word >= 0) return skipBlank(text, from + word);
  return from + (from - wholeCharacter(text, from));
}

/** `at`, or the position before it where `at` would part a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const c = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  return c >= 0xdc00 && c <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
}

const isBlank = (c: number): boolean => c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || c === 0x3000;

function skipBlank(text: string, at: number): number {
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function trimEnd(text: string, start: number, end: number): number {
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end;
}
