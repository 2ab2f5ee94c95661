import type { Engine } from "../engine/engine.ts";
import type { Slice } from "../work/slice.ts";
import { embedInPieces } from "./embedders/index.ts";

/** What is to be embedded, and the hash that it is found again by. */
export interface Embeddable {
  readonly hash: string;
  readonly input: string;
}

/** Vectors by hash, in the space in use; what the org has embedded there before is not embedded again. */
export async function vectorsFor(
  { embedder, storage }: Engine,
  { lease, signal }: Slice,
  texts: readonly Embeddable[],
): Promise<ReadonlyMap<string, readonly Float32Array[]>> {
  if (!embedder || texts.length === 0) return new Map();
  const inputs = new Map(texts.map(({ hash, input }) => [hash, input]));
  // Looking a hashed vector up costs more than making it again.
  const vectors = new Map<string, readonly Float32Array[]>(
    embedder.quality === "lexical" ? [] : await storage.knowledge.vectorsOf(lease.orgId, [...inputs.keys()]),
  );
  const missing = [...inputs].filter(([hash]) => !vectors.has(hash));
  const made = await embedInPieces(
    embedder,
    missing.map(([, input]) => input),
    { kind: "document", signal },
  );
  for (const [index, [hash]] of missing.entries()) vectors.set(hash, made[index] ?? []);
  return vectors;
}
