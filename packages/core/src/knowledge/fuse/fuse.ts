import type { Embedder } from "../../ports/embedder.ts";
import { bestFirst } from "./lend.ts";

/** A chunk in a ranked list, best first. `index` is its position in its document. */
export interface RankedChunk {
  readonly chunkId: string;
  readonly documentId: string;
  readonly index: number;
  readonly score: number;
}

export interface FuseOptions {
  /** What the vector leg may count beside the lexical leg's 1: `vectorWeight(embedder)`. */
  readonly vectorWeight: number;
  /** The weight was measured for this space, so it holds without the vector leg having to prove itself each time. */
  readonly measured?: boolean;
  /** How many chunks the search could have found (org and scope applied); tells agreement from chance. */
  readonly searchable: number;
}

/** Of reciprocal rank fusion: how slowly the ranks lose weight. */
const k = 10;
/** How many of each leg are compared for agreement. */
const head = 20;
/** Beside words, vectors further down only stir the order: 50 instead of 30 cost QMSum's cov8k up to .003. */
const vectorReach = 30;
/** Chunks found by both, beyond what chance brings, that earn the vector leg its whole weight. */
const convincing = 2;
/** 1/5 keeps a weak real model within .005 of the lexical leg on QMSum; 1/3 did not with 50 candidates (.0069 below). */
const unmeasuredWeight = 1 / 5;

/**
 * Both legs in one list, best first, each chunk once, `score` the fused one. It is never worse than the lexical leg
 * by more than noise, whatever the embedder: a space of `quality: "lexical"` weighs nothing, and an unmeasured one
 * only as much as its best chunks agree with the lexical leg's beyond chance, which random vectors do not.
 * Where the lexical leg found nothing, a leg with a weight stands alone; beside it only its first 30 count.
 */
export function fuse<Item extends RankedChunk>(
  lexical: readonly Item[],
  vector: readonly Item[],
  { vectorWeight: granted, measured = false, searchable }: FuseOptions,
): Item[] {
  if (granted <= 0) return withRankScores(distinct(lexical), 1);
  if (lexical.length === 0) return withRankScores(distinct(vector), granted);
  const words = distinct(lexical);
  const meanings = distinct(vector).slice(0, vectorReach);
  const weight = measured ? granted : granted * agreement(words, meanings, searchable);
  if (weight === 0) return withRankScores(words, 1);
  const fused = new Map<string, Item>();
  for (const item of withRankScores(words, 1)) fused.set(item.chunkId, item);
  for (const item of withRankScores(meanings, weight)) {
    const known = fused.get(item.chunkId);
    fused.set(item.chunkId, known === undefined ? item : { ...known, score: known.score + item.score });
  }
  return bestFirst([...fused.values()]);
}

/** The weight of an embedder's space, and whether its host measured it, ready for `fuse`. */
export function vectorWeight(embedder: Pick<Embedder, "quality" | "weight"> | undefined): {
  readonly vectorWeight: number;
  readonly measured: boolean;
} {
  if (embedder === undefined) return { vectorWeight: 0, measured: false };
  if (embedder.weight !== undefined)
    return { vectorWeight: Math.min(Math.max(embedder.weight, 0), 1), measured: true };
  return { vectorWeight: embedder.quality === "semantic" ? unmeasuredWeight : 0, measured: false };
}

/** 0 where the heads of both lists share no more than chance and two of its deviations, 1 from two chunks beyond. */
function agreement(
  lexical: readonly RankedChunk[],
  vector: readonly RankedChunk[],
  searchable: number,
): number {
  const found = new Set(lexical.slice(0, head).map(({ chunkId }) => chunkId));
  const tried = vector.slice(0, head);
  const shared = tried.reduce((count, { chunkId }) => count + (found.has(chunkId) ? 1 : 0), 0);
  const share = Math.min(1, found.size / Math.max(searchable, 1));
  const expected = tried.length * share;
  const deviation = Math.sqrt(expected * (1 - Math.min(1, tried.length / Math.max(searchable, 1))));
  return Math.min(1, Math.max(0, (shared - expected - 2 * deviation) / convincing));
}

function withRankScores<Item extends RankedChunk>(ranked: readonly Item[], weight: number): Item[] {
  return ranked.map((item, rank) => ({ ...item, score: weight / (k + rank + 1) }));
}

/** Each chunk once, at its best rank: a chunk embedded in pieces comes once for every piece. */
function distinct<Item extends RankedChunk>(ranked: readonly Item[]): Item[] {
  const seen = new Set<string>();
  return ranked.filter(({ chunkId }) => !seen.has(chunkId) && seen.add(chunkId));
}
