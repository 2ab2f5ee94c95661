/** How much a model reads of a text, counted as it counts. */
export interface TokenLimit {
  /** The most tokens that it reads whole. */
  readonly maxTokens: number;
  /** Tokens of a text, by the model's own tokenizer. */
  readonly countTokens: (text: string) => number;
}

/** A place in a text, in UTF-16 units. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
  /** Counted part by part, so never less than the tokenizer says of the whole, where it splits at blanks first. */
  readonly tokens: number;
}

/** Parts that are counted by themselves: with fewer, pieces are filled worse (nine tenths now); with more, counting costs more. */
const partsPerPiece = 5;
const leastPart = 48;
/** English has some four characters a token; others have fewer, and then a part is more than its share. */
const charactersPerToken = 4;

/**
 * Consecutive pieces that a model reads whole, cut before blanks where there are any and never inside a surrogate pair;
 * each begins `overlap` tokens before the end of the one before it, or less. Every part of the text is counted once,
 * whatever the overlap (PERFORMANCE P9); only what no piece can hold is cut smaller and counted again.
 */
export function cutByTokens(
  text: string,
  { countTokens, maxTokens }: TokenLimit,
  { overlap = 0 }: { readonly overlap?: number } = {},
): TextPiece[] {
  const parts = countParts(text, maxTokens, countTokens);
  const pieces: TextPiece[] = [];
  let first = 0;
  let tokens = 0;
  for (const [at, part] of parts.entries()) {
    if (tokens + part.tokens > maxTokens && at > first) {
      pieces.push({ start: parts[first]?.start ?? 0, end: parts[at - 1]?.end ?? 0, tokens });
      ({ first, tokens } = stepBack(parts, at, Math.min(overlap, maxTokens - part.tokens)));
    }
    tokens += part.tokens;
  }
  const last = parts.at(-1);
  if (last) pieces.push({ start: parts[first]?.start ?? 0, end: last.end, tokens });
  return pieces;
}

/** As many parts before `at` as `overlap` tokens hold. */
function stepBack(
  parts: readonly TextPiece[],
  at: number,
  overlap: number,
): { readonly first: number; readonly tokens: number } {
  let first = at;
  let tokens = 0;
  for (
    let before = parts[first - 1];
    before && tokens + before.tokens <= overlap;
    before = parts[first - 1]
  ) {
    tokens += before.tokens;
    first--;
  }
  return { first, tokens };
}

function countParts(text: string, maxTokens: number, countTokens: TokenLimit["countTokens"]): TextPiece[] {
  const parts: TextPiece[] = [];
  const size = Math.max(leastPart, Math.floor((maxTokens * charactersPerToken) / partsPerPiece));
  for (let start = 0; start < text.length; ) {
    const end = cutBefore(text, start, size);
    countWithin(text, start, end, maxTokens, countTokens, parts);
    start = end;
  }
  return parts;
}

/** Counts a part, or its halves where it holds more tokens than a piece may. */
function countWithin(
  text: string,
  start: number,
  end: number,
  maxTokens: number,
  countTokens: TokenLimit["countTokens"],
  parts: TextPiece[],
): void {
  const tokens = countTokens(text.slice(start, end));
  const half = cutBefore(text, start, Math.ceil((end - start) / 2));
  // A single character that is more than a piece has to be one all the same.
  if (tokens <= maxTokens || half >= end) {
    parts.push({ start, end, tokens });
    return;
  }
  countWithin(text, start, half, maxTokens, countTokens, parts);
  countWithin(text, half, end, maxTokens, countTokens, parts);
}

/** The last blank within `size` characters from `start`, which then begins what follows; the limit where there is none. */
function cutBefore(text: string, start: number, size: number): number {
  const limit = start + size;
  if (limit >= text.length) return text.length;
  const window = text.slice(start + (size >> 1), limit + 1);
  const blank = Math.max(window.lastIndexOf(" "), window.lastIndexOf("\n"));
  if (blank >= 0 && start + (size >> 1) + blank > start) return start + (size >> 1) + blank;
  const next = text.charCodeAt(limit);
  const before = text.charCodeAt(limit - 1);
  const parted = next >= 0xdc00 && next <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
  return parted ? limit + 1 : limit;
}
