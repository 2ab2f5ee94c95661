import { stem } from "./stem.ts";
import { questionWords, stopWords } from "./stop-words.ts";
import { tokens } from "./tokens.ts";

/** Changes whenever the same text would give other terms: postings of another version must be built anew. */
export const ANALYZER_VERSION = "1";

const maxQueryTerms = 64;

export interface AnalyzedText {
  /** Number of terms kept, repeats counted: BM25's document length. */
  readonly length: number;
  readonly terms: ReadonlyMap<string, number>;
}

/** Terms and their counts, for the postings of a chunk. */
export function analyze(text: string): AnalyzedText {
  const terms = new Map<string, number>();
  let length = 0;
  for (const token of tokens(text)) {
    if (stopWords.has(token)) continue;
    const term = stem(token);
    terms.set(term, (terms.get(term) ?? 0) + 1);
    length++;
  }
  return { length, terms };
}

/**
 * The distinct terms to look up for a question, at most 64. Words that only ask ("what did she say about") are
 * dropped unless nothing else is left. Empty when the query has no words that documents are indexed by.
 */
export function analyzeQuery(query: string): string[] {
  const topical = new Set<string>();
  const asking = new Set<string>();
  for (const token of tokens(query)) {
    if (stopWords.has(token)) continue;
    (questionWords.has(token) ? asking : topical).add(stem(token));
    if (topical.size >= maxQueryTerms) break;
  }
  return [...(topical.size > 0 ? topical : asking)].slice(0, maxQueryTerms);
}
