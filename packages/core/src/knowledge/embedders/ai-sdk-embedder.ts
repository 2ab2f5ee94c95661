import { CancelledError, VendorError } from "../../errors.ts";
import type { Embedder } from "../../ports/embedder.ts";

/** The slice of the AI SDK's `embedMany` that is used; versions 5 to 7 fit. */
export type EmbedMany<Model> = (call: {
  model: Model;
  values: string[];
  maxRetries?: number;
  abortSignal?: AbortSignal;
}) => PromiseLike<{ readonly embeddings: readonly (readonly number[])[] }>;

export interface AiSdkEmbedderOptions<Model>
  extends Pick<Embedder, "space" | "dimensions" | "maxInputCharacters">,
    Partial<Pick<Embedder, "batchSize" | "quality" | "tokens" | "weight">> {
  /** `embedMany` of the host's own `ai` package, so that there is only one copy of it. */
  readonly embedMany: EmbedMany<Model>;
  /** Tries beyond the first, made by the SDK; this adapter makes none. Default 2. */
  readonly maxRetries?: number;
}

/**
 * An embedding model of the AI SDK as Halo's embedder:
 * `aiSdkEmbedder(openai.embedding("…"), { embedMany, space: "…", dimensions: 1536, maxInputCharacters: 8000 })`.
 * Fails with `vendor_failed` (the SDK's message is left out: it may quote the texts) or `cancelled`.
 */
export function aiSdkEmbedder<Model>(model: Model, options: AiSdkEmbedderOptions<Model>): Embedder {
  const { embedMany, space, dimensions, maxInputCharacters, maxRetries = 2 } = options;
  return {
    space,
    dimensions,
    maxInputCharacters,
    batchSize: options.batchSize ?? 64,
    quality: options.quality ?? "semantic",
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    async embed(texts, { signal }) {
      if (texts.length === 0) return [];
      try {
        const { embeddings } = await embedMany({
          model,
          values: [...texts],
          maxRetries,
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        return embeddings.map((embedding) => Float32Array.from(embedding));
      } catch (error) {
        if (signal?.aborted) throw new CancelledError("a signal");
        const status = statusOf(error);
        throw new VendorError("The embedding model could not be reached or refused; see status.", {
          status,
          retryable: status === undefined || status === 429 || status >= 500,
        });
      }
    },
  };
}

/** The HTTP status of the SDK's APICallError, which RetryError keeps as its last error. */
function statusOf(error: unknown): number | undefined {
  const { statusCode, lastError } = (error ?? {}) as { statusCode?: unknown; lastError?: unknown };
  if (typeof statusCode === "number") return statusCode;
  return lastError === undefined ? undefined : statusOf(lastError);
}
