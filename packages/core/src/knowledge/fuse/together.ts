import type { LegHit, LexicalHit, LexicalLeg, QueryTerm } from "../../ports/knowledge-store.ts";
import { weighTerms } from "../lexical/bm25.ts";
import { bestFirst, lendToNeighbours } from "./lend.ts";

/** What the chunk and both its neighbours weigh as one text, beside what the chunk has and is lent. */
const togetherWeight = 0.5;

/**
 * The lexical leg's order, best first, once neighbours count. What is lent adds up what each chunk weighs alone, so a
 * word that all of three say counts three times; read as one text, three chunks weigh most where different words of the
 * question meet. Together they find more than either (QMSum, cov8k: lent .368, as one text .356, both .378). Only
 * chunks of the leg count for each other, so give it as many candidates as `lendToNeighbours` wants.
 */
export function rankTogether(
  { averageLength, hits, rarities }: LexicalLeg,
  terms: readonly QueryTerm[],
): LegHit[] {
  const byPlace = new Map(hits.map((hit) => [placeOf(hit.documentId, hit.index), hit]));
  const weighed = { terms, rarities, averageLength: averageLength * 3 };
  const lifted = lendToNeighbours(hits).map((hit) => {
    const near = [hit.index - 1, hit.index, hit.index + 1].map((index) =>
      byPlace.get(placeOf(hit.documentId, index)),
    );
    // A neighbour without any of the words is no candidate: of it only the length counts, which is not known.
    const length = near.reduce((sum, one) => sum + (one?.length ?? averageLength), 0);
    const frequencies = hit.frequencies.map((_, term) => frequencyOf(near, term));
    return { ...hit, score: hit.score + togetherWeight * weighTerms(weighed, frequencies, length) };
  });
  return bestFirst(lifted);
}

const placeOf = (documentId: string, index: number): string => `${documentId} ${index}`;

const frequencyOf = (near: readonly (LexicalHit | undefined)[], term: number): number =>
  near.reduce((sum, one) => sum + (one?.frequencies[term] ?? 0), 0);
