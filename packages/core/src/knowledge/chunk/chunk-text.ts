import * as crypto from "node:crypto";
import { ConfigurationError } from "../../errors.ts";
import { splitSpans } from "./split-spans.ts";

/** Changes whenever the same text and options would give other chunks. */
export const CHUNKER_VERSION = "2";

/** A piece of a document. `text` is `document.slice(start, end)`, to the character. */
export interface Chunk {
  /** Position in the document, from 0; neighbours differ by 1. */
  readonly index: number;
  /** UTF-16 offsets into the document's text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** SHA-256 (hex) of `chunkInput(chunk)`: equal hashes never need a second embedding. */
  readonly hash: string;
  /** Speaker or heading under which the chunk begins, where that line stands in an earlier chunk. */
  readonly label?: string;
}

export interface ChunkOptions {
  /** The longest chunk, in UTF-16 units, at least 64. Default 1,600. */
  readonly size?: number;
  /**
   * How much of a chunk's end the next one repeats, at most; under half of `size`. Default 0: search lends scores
   * to neighbours instead, which finds more and stores nothing twice.
   */
  readonly overlap?: number;
}

/**
 * Cuts a document at its own structure: turns of speakers (`Name: …`), paragraphs, headings and lists stay whole
 * where they fit, then sentences, then words; a surrogate pair always. Linear in the text's length. The same text,
 * options and `CHUNKER_VERSION` give the same chunks. Throws `configuration_invalid` for sizes that cannot work.
 */
export function chunkText(text: string, options: ChunkOptions = {}): Chunk[] {
  const { size = 1_600, overlap = 0 } = options;
  if (!Number.isInteger(size) || size < 64)
    throw new ConfigurationError("Give chunks a whole size of at least 64 characters.", { option: "size" });
  if (!Number.isInteger(overlap) || overlap < 0 || overlap * 2 >= size)
    throw new ConfigurationError("Give an overlap from 0 to less than half the chunk size.", {
      option: "overlap",
    });
  return splitSpans(text, size, overlap).map(({ start, end, label }, index) => {
    const piece = text.slice(start, end);
    if (label === undefined) return { index, start, end, text: piece, hash: sha256(piece) };
    return { index, start, end, text: piece, hash: sha256(chunkInput({ text: piece, label })), label };
  });
}

/** What is indexed and embedded for a chunk: its text, preceded by its label where the text itself lacks it. */
export function chunkInput(chunk: Pick<Chunk, "text" | "label">): string {
  return chunk.label === undefined ? chunk.text : `${chunk.label}: ${chunk.text}`;
}

/** One-shot hashing makes no object a chunk; older runtimes lack it. */
function sha256(text: string): string {
  return crypto.hash === undefined
    ? crypto.createHash("sha256").update(text).digest("hex")
    : crypto.hash("sha256", text, "hex");
}
