import type { RankedChunk } from "./fuse.ts";

/** What a chunk lends of its score to the next on either side, and to the one after: PERFORMANCE §11. */
const lent = [0.4, 0.16] as const;

/**
 * Lends each chunk's score to the chunks beside it in its document, so that a passage found in several places comes
 * before a chance find. Only chunks in the list receive: give it at least 200 candidates where there are as many
 * (with 50, QMSum's cov8k loses .012). Scores must not be negative; order is restored, best first.
 */
export function lendToNeighbours<Item extends RankedChunk>(ranked: readonly Item[]): Item[] {
  const byPlace = new Map<string, Map<number, number>>();
  for (const { documentId, index, score } of ranked) {
    const document = byPlace.get(documentId) ?? new Map<number, number>();
    byPlace.set(documentId, document);
    document.set(index, Math.max(score, document.get(index) ?? 0));
  }
  const lifted = ranked.map((item) => {
    const document = byPlace.get(item.documentId);
    let score = item.score;
    for (const [i, share] of lent.entries())
      score += share * ((document?.get(item.index - i - 1) ?? 0) + (document?.get(item.index + i + 1) ?? 0));
    return { ...item, score };
  });
  return bestFirst(lifted);
}

/** Best first; equals by document and position, so that the same hits always stand in the same order. */
export function bestFirst<Item extends RankedChunk>(items: Item[]): Item[] {
  return items.sort(
    (a, b) =>
      b.score - a.score ||
      (a.documentId < b.documentId ? -1 : a.documentId > b.documentId ? 1 : a.index - b.index),
  );
}
