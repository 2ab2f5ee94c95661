import { CancelledError, type VendorError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Embedder } from "../../ports/embedder.ts";
import { answerInvalid, modelServerUrl, postJson } from "../models/model-server.ts";

export interface OpenAICompatibleEmbedderOptions
  extends Pick<Embedder, "dimensions">,
    Partial<Pick<Embedder, "space" | "maxInputCharacters" | "batchSize" | "quality" | "tokens" | "weight">> {
  /** Up to the version: `https://api.openai.com/v1`. Must be https, or http to this machine's loopback. */
  readonly baseUrl: string;
  /** Left out for servers that want none. */
  readonly apiKey?: string;
  readonly model: string;
  /** Ask the server for `dimensions`, where the model offers several. Default false: most servers refuse the field. */
  readonly requestDimensions?: boolean;
  /** For one call, retries not included. Default 30,000. */
  readonly timeoutMs?: number;
  /** Calls beyond the first for 429, 5xx and a lost network. Default 3. */
  readonly retries?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

/**
 * Any server with OpenAI's `POST /embeddings` (OpenAI, Azure's v1, Mistral, Voyage, Ollama, vLLM, LM Studio, …).
 * Vectors are put in order by their `index`; a wrong count or dimension is `vendor_response_invalid`. 429 and 5xx are
 * tried again here and nowhere else, then `rate_limited` or `vendor_failed`; 401 and 403 are `configuration_invalid`.
 * Redirects are not followed, since they would carry the key. No error holds the key, a text or an answer's body.
 */
export function openAICompatibleEmbedder(options: OpenAICompatibleEmbedderOptions): Embedder {
  const { dimensions, model, timeoutMs = 30_000, retries = 3 } = options;
  const server = {
    name: serverName,
    url: modelServerUrl(serverName, options.baseUrl, "embeddings"),
    apiKey: options.apiKey,
    timeoutMs,
    retries,
    fetch: options.fetch,
    clock: options.clock,
  };
  return {
    space: options.space ?? `${model}@${dimensions}`,
    dimensions,
    maxInputCharacters: options.maxInputCharacters ?? 8_000,
    batchSize: options.batchSize ?? 64,
    quality: options.quality ?? "semantic",
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    async embed(texts, { signal }) {
      if (signal?.aborted) throw new CancelledError("a signal");
      if (texts.length === 0) return [];
      const body = {
        model,
        input: texts,
        encoding_format: "float",
        ...(options.requestDimensions ? { dimensions } : {}),
      };
      // A number of a vector takes about 22 characters; an answer much larger is not an answer.
      const maxBytes = 100_000 + texts.length * dimensions * 40;
      return postJson(server, body, {
        maxBytes,
        signal,
        read: (answer) => vectorsOf(answer, texts.length, dimensions),
      });
    },
  };
}

function vectorsOf(answer: unknown, count: number, dimensions: number): Float32Array[] {
  const data = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(data) || data.length !== count) throw invalid("count");
  const vectors = new Map<number, Float32Array>();
  for (const [position, item] of data.entries()) {
    const { embedding, index = position } = (item ?? {}) as { embedding?: unknown; index?: unknown };
    if (!Array.isArray(embedding) || embedding.length !== dimensions) throw invalid("dimensions");
    if (!embedding.every((x) => typeof x === "number" && Number.isFinite(x))) throw invalid("not_finite");
    if (typeof index === "number") vectors.set(index, Float32Array.from(embedding as number[]));
  }
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index);
    if (vector === undefined) throw invalid("count");
    return vector;
  });
}

const serverName = "embedding server";

const invalid = (reason: string): VendorError =>
  answerInvalid(serverName, reason, "check that model and dimensions belong together");
