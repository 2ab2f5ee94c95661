export const ANALYZER_VERSION = "1";

export interface AnalyzedText {
  /** Number of terms kept, repeats counted: BM25's document length. */
  readonly length: number;
  readonly terms: ReadonlyMap<string, number>;
}

/** Terms and their counts, for the postings of a chunk. */
export function analyze(text: string): AnalyzedText {
  void text;
  throw new Error("not yet");
}

/** The distinct terms to look up for a question, question words dropped; at most 64. Empty when nothing is left. */
export function analyzeQuery(query: string): string[] {
  void query;
  throw new Error("not yet");
}
