import type { Embedder } from "../../ports/embedder.ts";

export interface HashingEmbedderOptions {
  /** Default 384. */
  readonly dimensions?: number;
}

/** The local default: no model, no network. */
export function hashingEmbedder(options: HashingEmbedderOptions = {}): Embedder {
  void options;
  throw new Error("not yet");
}
