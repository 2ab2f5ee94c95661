export interface Bm25Parameters {
  /** How soon repeats of a term stop counting. */
  readonly k1: number;
  /** How much long chunks are held back, 0 to 1. */
  readonly b: number;
}

export const BM25: Bm25Parameters = { k1: 1.2, b: 0.75 };

/** `ln(1 + (N - df + 0.5) / (df + 0.5))`: never negative. */
export function inverseDocumentFrequency(chunks: number, chunksWithTerm: number): number {
  return Math.log(1 + (chunks - chunksWithTerm + 0.5) / (chunksWithTerm + 0.5));
}

/** What one term of a chunk adds to its score, before the term's inverse document frequency. */
export function termWeight(
  frequency: number,
  length: number,
  averageLength: number,
  { k1, b }: Bm25Parameters = BM25,
): number {
  return (frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * length) / averageLength));
}
