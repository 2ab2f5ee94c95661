export const CHUNKER_VERSION = "1";

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
  /** The longest chunk, in UTF-16 units. Default 2,000. */
  readonly size?: number;
  /** How much of a chunk's end is repeated at the next one's start, at most. Default 0: neighbours lend scores instead. */
  readonly overlap?: number;
}

/** Cuts a document at its own structure. Same text, options and `CHUNKER_VERSION`, same chunks. */
export function chunkText(text: string, options: ChunkOptions = {}): Chunk[] {
  void text;
  void options;
  throw new Error("not yet");
}

/** What is indexed and embedded for a chunk: its text, preceded by its label where the text lacks it. */
export function chunkInput(chunk: Pick<Chunk, "text" | "label">): string {
  return chunk.label === undefined ? chunk.text : `${chunk.label}: ${chunk.text}`;
}
