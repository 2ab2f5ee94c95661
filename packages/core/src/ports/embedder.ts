/**
 * Turns text into vectors. A host's own model fits by satisfying this interface; `embedderContract` in
 * `@halo/core/testing` checks the promises.
 */
export interface Embedder {
  /**
   * Names model, version and dimensions, and stays the same as long as vectors are comparable. Vectors of two
   * spaces are never compared or stored together; a new name means a new space that is filled beside the old one.
   */
  readonly space: string;
  readonly dimensions: number;
  /**
   * The longest text, in UTF-16 units, that the model reads whole. Halo cuts longer chunks into pieces, embeds
   * each, and lets the best one count, so that nothing is cut unseen. An embedder must state what it can hold,
   * not what its API accepts: a model that stops at 128 tokens says about 400.
   */
  readonly maxInputCharacters: number;
  /**
   * What the model reads, counted exactly, for a host that has its tokenizer: `{ maxTokens: 512, countTokens }`. Pieces
   * are then cut by it, each part of a text counted once, and are never longer than `maxInputCharacters` either.
   */
  readonly tokens?: { readonly maxTokens: number; readonly countTokens: (text: string) => number };
  /** The most texts in one call of `embed`; callers batch by it. Default 64. */
  readonly batchSize?: number;
  /**
   * `semantic`: a trained model, which finds what is said in other words. `lexical`: hashed words, which knows
   * nothing that the full-text leg does not know, so that fusion leaves it out.
   */
  readonly quality: "semantic" | "lexical";
  /**
   * How much this space counts beside the lexical leg, which counts 1; between 0 and 1. Default for
   * semantic spaces: at most 1/5, and only where both legs agree beyond chance; for lexical ones 0. A weight given
   * here is taken as measured and holds always: measure first (docs/decisions/2026-11-21-fusion-guard.md).
   */
  readonly weight?: number;
  /**
   * One vector of `dimensions` finite numbers for each text, in the order of the texts, unit length not required.
   * `kind` tells models that treat questions and passages differently. Rejects as a whole: there is no partial answer.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]>;
}

export interface EmbedOptions {
  readonly kind: "document" | "query";
  readonly signal?: AbortSignal;
}
