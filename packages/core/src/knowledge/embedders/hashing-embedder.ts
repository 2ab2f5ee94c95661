import { ConfigurationError } from "../../errors.ts";
import type { Embedder } from "../../ports/embedder.ts";
import { ANALYZER_VERSION } from "../lexical/analyze.ts";
import { stem } from "../lexical/stem.ts";
import { stopWords } from "../lexical/stop-words.ts";
import { tokens } from "../lexical/tokens.ts";

export interface HashingEmbedderOptions {
  /** From 16 to 4,096. Default 384. */
  readonly dimensions?: number;
}

/** How much a pair of neighbouring words counts beside a word. */
const pairWeight = 0.5;

/**
 * The local default: no model, no download, no network, the same numbers on every machine. Word stems and pairs of
 * them are hashed into signed buckets. It knows nothing of meaning: "cancel" and "terminate" are strangers to it,
 * which its `quality: "lexical"` says and fusion respects. It makes vector search work before a model is chosen;
 * it doesn't make it good. A text without words gives the zero vector.
 */
export function hashingEmbedder({ dimensions = 384 }: HashingEmbedderOptions = {}): Embedder {
  if (!Number.isInteger(dimensions) || dimensions < 16 || dimensions > 4096)
    throw new ConfigurationError("Give the hashing embedder 16 to 4,096 dimensions.", {
      option: "dimensions",
    });
  return {
    space: `halo-hashing-1.${ANALYZER_VERSION}-${dimensions}`,
    dimensions,
    maxInputCharacters: 1_000_000,
    batchSize: 256,
    quality: "lexical",
    async embed(texts, { signal }) {
      signal?.throwIfAborted();
      return texts.map((text) => hashed(text, dimensions));
    },
  };
}

function hashed(text: string, dimensions: number): Float32Array {
  const counts = new Map<number, number>();
  let previous: string | undefined;
  for (const token of tokens(text)) {
    if (stopWords.has(token)) continue;
    const term = stem(token);
    count(counts, fnv1a(term), 1);
    if (previous !== undefined) count(counts, fnv1a(`${previous} ${term}`), pairWeight);
    previous = term;
  }
  const vector = new Float32Array(dimensions);
  for (const [hash, total] of counts) {
    const bucket = (hash >>> 1) % dimensions;
    const damped = Math.sign(total) * Math.log1p(Math.abs(total));
    vector[bucket] = (vector[bucket] ?? 0) + ((hash & 1) === 0 ? damped : -damped);
  }
  return unitLength(vector);
}

function count(counts: Map<number, number>, hash: number, weight: number): void {
  counts.set(hash, (counts.get(hash) ?? 0) + weight);
}

/** FNV-1a over UTF-16 units, with a last mix, since its low bits alone (the sign) are weak for short words. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function unitLength(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const x of vector) sum += x * x;
  if (sum === 0) return vector;
  const scale = 1 / Math.sqrt(sum);
  return vector.map((x) => x * scale);
}
