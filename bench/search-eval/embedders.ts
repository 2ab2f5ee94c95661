import { Worker } from "node:worker_threads";
import type { Embedder } from "@halo/core";
import type { Asked, Embedded } from "./model-worker.ts";

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
export function smallEnglishModel(): Embedder {
  const worker = new Worker(new URL("./model-worker.ts", import.meta.url));
  worker.unref();
  const waiting = new Map<number, { resolve(vectors: Float32Array[]): void; reject(error: Error): void }>();
  let asked = 0;
  worker.on("message", ({ id, vectors }: Embedded) => {
    waiting.get(id)?.resolve([...vectors]);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  worker.on("error", (error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    space: "energetic-ai-en-0.2.0",
    dimensions: 512,
    maxInputCharacters: 550,
    batchSize: 32,
    quality: "semantic",
    embed: (texts) =>
      new Promise((resolve, reject) => {
        waiting.set(++asked, { resolve, reject });
        worker.ref();
        worker.postMessage({ id: asked, texts: [...texts] } satisfies Asked);
      }),
  };
}
