import type { Insight } from "../../ports/learning-store.ts";
import { stem } from "../lexical/stem.ts";
import { stopWords } from "../lexical/stop-words.ts";
import { tokens } from "../lexical/tokens.ts";

export type FoundInsight = Pick<Insight, "kind" | "summary" | "quote" | "start" | "end">;

/** Two of one kind with so many words in common, and no other number, say the same. */
const alikeShare = 0.85;

/** Insights without those that say again what an earlier one said: the same passage, or almost the same words. */
export function mergeInsights(found: readonly FoundInsight[]): readonly FoundInsight[] {
  const kept: { readonly insight: FoundInsight; readonly words: ReadonlySet<string> }[] = [];
  for (const insight of found) {
    const words = wordsOf(insight.summary);
    const known = kept.some(
      (other) =>
        other.insight.kind === insight.kind &&
        (overlaps(other.insight, insight) || share(other.words, words) >= alikeShare),
    );
    if (!known) kept.push({ insight, words });
  }
  return kept.map(({ insight }) => insight);
}

const overlaps = (a: FoundInsight, b: FoundInsight): boolean => a.start < b.end && b.start < a.end;

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set([...tokens(text)].filter((token) => !stopWords.has(token)).map((token) => stem(token)));

function share(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const apart = [...[...a].filter((word) => !b.has(word)), ...[...b].filter((word) => !a.has(word))];
  if (apart.some((word) => /\p{N}/u.test(word))) return 0;
  const all = new Set([...a, ...b]).size;
  return all === 0 ? 1 : 1 - apart.length / all;
}
