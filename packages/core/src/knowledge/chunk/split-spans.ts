import { headingAt, headingLevel, isTranscript, speakerAt, turnColon } from "./line-kinds.ts";

/** A chunk before its text is cut out: offsets, and the speaker or heading that it continues. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string | undefined;
}

const newline = 10;

/**
 * Cuts greedily: each span takes what fits, ends at the strongest boundary in reach (blank line, heading or turn;
 * line; sentence; word), and the next begins behind it. Every step looks back no further than its own span, so the
 * whole is linear on any text. Whitespace around spans belongs to none.
 */
export function splitSpans(text: string, size: number, overlap: number): Span[] {
  const spans: Span[] = [];
  const turns = isTranscript(text);
  let start = skipBlank(text, 0);
  let label: string | undefined;
  let nextNewline = text.indexOf("\n", start);
  /** The first character that no span has yet: with an overlap it lies behind the start. */
  let fresh = start;
  while (start < text.length) {
    const limit = start + size;
    if (nextNewline >= 0 && nextNewline < start) nextNewline = text.indexOf("\n", start);
    const hasLines = nextNewline >= 0 && nextNewline <= limit;
    const cut =
      limit >= text.length ? text.length : findCut(text, start, fresh, limit, size, turns, hasLines);
    const end = trimEnd(text, start, cut);
    if (end > start) spans.push({ start, end, label });
    if (cut >= text.length) break;
    fresh = skipBlank(text, cut);
    const back = overlap === 0 ? fresh : stepBack(text, start, cut, overlap, hasLines);
    const next = (fresh - back) * 2 > size ? fresh : back; // a chunk of old text and blanks would bring nothing new
    if (next >= text.length) break;
    label = beginsSomething(text, next, turns)
      ? undefined
      : (labelBefore(text, start, next, turns, hasLines) ?? label);
    start = next;
  }
  return spans;
}

function findCut(
  text: string,
  start: number,
  fresh: number,
  limit: number,
  size: number,
  turns: boolean,
  hasLines: boolean,
): number {
  const half = start + (size >> 1);
  if (hasLines) {
    let line = -1;
    for (
      let at = lineStartBefore(text, fresh, limit);
      at > fresh;
      at = lineStartBefore(text, fresh, at - 2)
    ) {
      const strong = turns ? turnColon(text, at) >= 0 : text.charCodeAt(at - 2) === newline;
      if (strong || headingLevel(text, at) > 0) {
        const fits = at >= half || blockEnd(text, at, at + size, turns) <= at + size;
        if (fits) return withoutTrailingHeading(text, fresh, at);
        break;
      }
      if (line < 0 && at >= half) line = at;
    }
    if (line >= 0) return withoutTrailingHeading(text, fresh, line);
  }
  let word = -1;
  for (let i = limit; i > half; i--) {
    const c = text.charCodeAt(i - 1);
    if (c === 32 || c === newline || c === 9) {
      const before = text.charCodeAt(i - 2);
      if (before === 46 || before === 63 || before === 33 || before === 0x2026) return i;
      if (word < 0) word = i;
    } else if (c === 0x3002 || c === 0xff01 || c === 0xff1f) return i; // 。！？ need no space after them
  }
  if (word >= 0) return word;
  return wholeCharacter(text, limit);
}

/** The last position in (start, limit] that begins a line; `start` when there is none. */
function lineStartBefore(text: string, start: number, limit: number): number {
  for (let i = limit; i > start; i--) if (text.charCodeAt(i - 1) === newline) return i;
  return start;
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
function withoutTrailingHeading(text: string, start: number, cut: number): number {
  const end = trimEnd(text, start, cut);
  const line = lineStartBefore(text, start, end);
  return line > start && headingLevel(text, line) > 0 ? line : cut;
}

function beginsSomething(text: string, at: number, turns: boolean): boolean {
  return (
    headingLevel(text, at) > 0 || (turns && turnColon(text, at) >= 0 && text.charCodeAt(at - 1) === newline)
  );
}

/** The speaker or heading in whose reach `at` lies, if its line stands in the span that began at `start`. */
function labelBefore(
  text: string,
  start: number,
  at: number,
  turns: boolean,
  hasLines: boolean,
): string | undefined {
  for (let line = hasLines ? lineStartBefore(text, start, at - 1) : start; ; ) {
    const level = headingLevel(text, line);
    if (level > 0) return headingAt(text, line, level);
    const colon = turns ? turnColon(text, line) : -1;
    if (colon >= 0 && (line === 0 || text.charCodeAt(line - 1) === newline))
      return speakerAt(text, line, colon);
    if (line <= start) return undefined;
    line = lineStartBefore(text, start, line - 1);
  }
}

/** The first line, else sentence, else word that begins in the last `overlap` characters before `cut`. */
function stepBack(text: string, start: number, cut: number, overlap: number, hasLines: boolean): number {
  const end = trimEnd(text, start, cut);
  const from = Math.max(end - overlap, start + 1);
  let word = -1;
  let sentence = -1;
  for (let i = from; i < end; i++) {
    const c = text.charCodeAt(i - 1);
    if (c === newline && hasLines) return skipBlank(text, i);
    if (c !== 32 && c !== 9 && c !== newline) continue;
    if (word < 0) word = i;
    const before = text.charCodeAt(i - 2);
    if (sentence < 0 && (before === 46 || before === 63 || before === 33)) {
      sentence = i;
      if (!hasLines) break;
    }
  }
  if (sentence >= 0) return skipBlank(text, sentence);
  if (word >= 0) return skipBlank(text, word);
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
