/** A chunk in a ranked list, best first. `id` is the chunk's; `index` its position in its document. */
export interface RankedChunk {
  readonly id: string;
  readonly documentId: string;
  readonly index: number;
  readonly score: number;
}

export interface FuseOptions {
  /** What the vector leg counts beside the lexical leg's 1: `vectorWeight(embedder)`. */
  readonly vectorWeight: number;
}

/** Both legs in one list, best first, each chunk once. */
export function fuse(
  lexical: readonly RankedChunk[],
  vector: readonly RankedChunk[],
  options: FuseOptions,
): RankedChunk[] {
  void [lexical, vector, options];
  throw new Error("not yet");
}

/** Lends each chunk's score to the chunks beside it in its document (0.4 to the next, 0.16 to the one after). */
export function lendToNeighbours(ranked: readonly RankedChunk[]): RankedChunk[] {
  void ranked;
  throw new Error("not yet");
}
