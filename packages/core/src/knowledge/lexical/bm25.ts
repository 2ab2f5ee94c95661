import type { QueryTerm } from "../../ports/knowledge-store.ts";
import { type AnalyzedText, analyze, analyzeQuery } from "./analyze.ts";

export interface Bm25Parameters {
  /** How soon repeats of a term stop counting. */
  readonly k1: number;
  /** How much long chunks are held back, 0 to 1. */
  readonly b: number;
}

export const BM25: Bm25Parameters = { k1: 1.2, b: 0.75 };

/** `ln(1 + (N - df + 0.5) / (df + 0.5))`: never negative. `chunks` and `chunksWithTerm` are of the same org. */
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
  const lengthRatio = averageLength > 0 ? length / averageLength : 1;
  return (frequency * (k1 + 1)) / (frequency + k1 * (1 - b + b * lengthRatio));
}

/** What the terms of a question weigh: their weights, rarities, and how long a text is on average. */
export interface WeighedTerms {
  readonly terms: readonly QueryTerm[];
  readonly rarities: readonly number[];
  readonly averageLength: number;
}

/** BM25 of a text of `length` terms that holds each of the terms so often. */
export function weighTerms(
  { terms, rarities, averageLength }: WeighedTerms,
  frequencies: readonly number[],
  length: number,
): number {
  let score = 0;
  for (const [i, frequency] of frequencies.entries())
    if (frequency > 0)
      score += (terms[i]?.weight ?? 0) * (rarities[i] ?? 0) * termWeight(frequency, length, averageLength);
  return score;
}

export interface Scored<Item> {
  readonly item: Item;
  readonly score: number;
}

/**
 * The lexical leg in memory, the reference that a store's SQL must agree with: every item with at least one of the
 * query's terms, best first, items of equal score in the order given.
 */
export function bm25<Item extends { readonly text: string; readonly analyzed?: AnalyzedText }>(
  query: string,
  items: readonly Item[],
  parameters: Bm25Parameters = BM25,
): Scored<Item>[] {
  const terms = analyzeQuery(query);
  if (terms.length === 0 || items.length === 0) return [];
  const texts = items.map((item) => item.analyzed ?? analyze(item.text));
  const averageLength = texts.reduce((sum, { length }) => sum + length, 0) / texts.length;
  const scores = new Float64Array(items.length);
  for (const { term, weight } of terms) {
    const frequencies = texts.map((text) => text.terms.get(term) ?? 0);
    const found = frequencies.reduce((count, frequency) => count + (frequency > 0 ? 1 : 0), 0);
    const idf = weight * inverseDocumentFrequency(items.length, found);
    for (const [i, frequency] of frequencies.entries()) {
      const length = texts[i]?.length ?? 0;
      if (frequency > 0)
        scores[i] = (scores[i] ?? 0) + idf * termWeight(frequency, length, averageLength, parameters);
    }
  }
  return items
    .map((item, i) => ({ item, score: scores[i] ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}
