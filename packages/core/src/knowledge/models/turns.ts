/** A part of a text, whole lines (a speaker's turn is one) wherever they fit. */
export interface TextPart {
  /** Into the text, in UTF-16 units. */
  readonly start: number;
  readonly text: string;
}

/**
 * Parts of at most `size`, which together are the text: nothing stands in two of them, nothing in none. Cut between
 * paragraphs, where there is one in the last half of a part; else between lines, sentences, words; never inside a
 * surrogate pair. Linear in the text.
 */
export function cutIntoTurns(text: string, size: number): readonly TextPart[] {
  const parts: TextPart[] = [];
  for (let start = 0; start < text.length; ) {
    const end = start + size >= text.length ? text.length : cutBefore(text, start, start + size);
    parts.push({ start, text: text.slice(start, end) });
    start = end;
  }
  return parts;
}

const seams = ["\n\n", "\n", ". ", " "] as const;

function cutBefore(text: string, start: number, limit: number): number {
  const window = text.slice(start, limit);
  for (const seam of seams) {
    const at = window.lastIndexOf(seam);
    if (at >= window.length >> 1) return start + at + seam.length;
  }
  const c = text.charCodeAt(limit);
  return c >= 0xdc00 && c <= 0xdfff ? limit - 1 : limit;
}
