import { ConfigurationError, VendorError } from "../../errors.ts";
import type { Embedder } from "../../ports/embedder.ts";

/**
 * The same embedder, whose promises are checked at every call: as many vectors as texts, each of the space's
 * dimensions, every number finite. Otherwise `vendor_response_invalid` with a `reason` of `count`, `dimensions` or
 * `not_finite`, and nothing of the answer is used: a model that was swapped behind its name never mixes into the old
 * one's vectors (F77). Texts beyond `maxInputCharacters` are refused, not cut (`input_too_long`): cutting is the
 * caller's, who knows that pieces must count together.
 */
export function checkedEmbedder(embedder: Embedder): Embedder {
  requireSound(embedder);
  return {
    ...embedder,
    async embed(texts, options) {
      if (texts.length === 0) return [];
      if (texts.some((text) => text.length > embedder.maxInputCharacters))
        throw broken(
          embedder,
          "input_too_long",
          "was given a text longer than it reads; cut it into pieces first",
        );
      const vectors = await embedder.embed(texts, options);
      if (!Array.isArray(vectors) || vectors.length !== texts.length)
        throw broken(embedder, "count", "did not answer with one vector for each text");
      for (const vector of vectors) {
        if (!(vector instanceof Float32Array) || vector.length !== embedder.dimensions)
          throw broken(
            embedder,
            "dimensions",
            `answered with vectors of other dimensions than its ${embedder.dimensions}; give the new model a space of its own`,
          );
        if (!vector.every(Number.isFinite))
          throw broken(embedder, "not_finite", "answered with numbers that are none");
      }
      return vectors;
    },
  };
}

function requireSound({ space, dimensions, maxInputCharacters, batchSize, tokens }: Embedder): void {
  const refuse = (option: string, message: string): never => {
    throw new ConfigurationError(message, { option: `embedder.${option}` });
  };
  if (!/^[\w.:@/+-]{1,120}$/.test(space))
    refuse("space", "Name the embedder's space with 1 to 120 letters, digits or any of _.:@/+-");
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 16_000)
    refuse("dimensions", "Say how many dimensions the embedder's vectors have: 1 to 16,000.");
  if (!(maxInputCharacters >= 32))
    refuse("maxInputCharacters", "Say how many characters the embedder reads of a text: at least 32.");
  if (tokens && !(Number.isInteger(tokens.maxTokens) && tokens.maxTokens >= 8))
    refuse("tokens", "Say how many tokens the embedder reads of a text: a whole number, at least 8.");
  if (batchSize !== undefined && (!Number.isInteger(batchSize) || batchSize < 1))
    refuse("batchSize", "Let the embedder take at least one text a call.");
}

const broken = (embedder: Embedder, reason: string, what: string): VendorError =>
  new VendorError(`The embedder of space ${embedder.space} ${what}.`, {
    code: "vendor_response_invalid",
    reason,
  });
