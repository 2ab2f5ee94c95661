import type { Embedder } from "../../ports/embedder.ts";
import { cutByTokens } from "./cut-by-tokens.ts";

/** Pieces overlap by this share, so that what stands at a seam is whole in one of them. */
const overlapShare = 0.1;

/**
 * Vectors of texts of any length, one or several for each: a text longer than the embedder reads is embedded in
 * overlapping pieces, of which search lets the nearest one count. Calls hold `batchSize` texts and follow each other.
 */
export async function embedInPieces(
  embedder: Embedder,
  texts: readonly string[],
  options: { readonly kind: "document" | "query"; readonly signal?: AbortSignal },
): Promise<Float32Array[][]> {
  const pieces = texts.map((text) => piecesFor(embedder, text));
  const flat = pieces.flat();
  const batchSize = embedder.batchSize ?? 64;
  const vectors: Float32Array[] = [];
  for (let at = 0; at < flat.length; at += batchSize)
    vectors.push(...(await embedder.embed(flat.slice(at, at + batchSize), options)));
  let next = 0;
  return pieces.map((own) => {
    next += own.length;
    return vectors.slice(next - own.length, next);
  });
}

/** What the model reads of a text, whole: one piece, or several that overlap. */
export function piecesFor({ maxInputCharacters, tokens }: Embedder, text: string): string[] {
  if (!tokens) return cutForModel(text, maxInputCharacters);
  const overlap = Math.floor(tokens.maxTokens * overlapShare);
  const pieces = cutByTokens(text, tokens, { overlap }).map(({ end, start }) => text.slice(start, end));
  return (pieces.length === 0 ? [text] : pieces).flatMap((piece) => cutForModel(piece, maxInputCharacters));
}

/** Pieces of at most `size`, cut at blanks where there are any, never inside a surrogate pair. */
export function cutForModel(text: string, size: number): string[] {
  if (text.length <= size) return [text];
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    const limit = start + size;
    if (limit >= text.length) {
      pieces.push(text.slice(start));
      break;
    }
    const blank = text.slice(start + (size >> 1), limit + 1).lastIndexOf(" ");
    const end = blank < 0 ? limit - (partsCharacter(text, limit) ? 1 : 0) : start + (size >> 1) + blank;
    pieces.push(text.slice(start, end));
    start = Math.max(end - Math.floor(size * overlapShare), start + 1);
    if (partsCharacter(text, start)) start++;
  }
  return pieces;
}

/** A cut at `at` would part a surrogate pair. */
function partsCharacter(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  return c >= 0xdc00 && c <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
}
