import pRetry from "p-retry";
import {
  CancelledError,
  ConfigurationError,
  type HaloError,
  isHaloError,
  RateLimitError,
  VendorError,
} from "../../errors.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";
import type { Embedder } from "../../ports/embedder.ts";

export interface OpenAICompatibleEmbedderOptions
  extends Pick<Embedder, "dimensions">,
    Partial<Pick<Embedder, "space" | "maxInputCharacters" | "batchSize" | "quality" | "weight">> {
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

/** Waits are no longer than this, whatever the server asks; the backlog tries again later. */
const maxWaitMs = 30_000;
const firstWaitMs = 500;

/**
 * Any server with OpenAI's `POST /embeddings` (OpenAI, Azure's v1, Mistral, Voyage, Ollama, vLLM, LM Studio, …).
 * Vectors are put in order by their `index`; a wrong count or dimension is `vendor_response_invalid`. 429 and 5xx are
 * tried again here and nowhere else, then `rate_limited` or `vendor_failed`; 401 and 403 are `configuration_invalid`.
 * Redirects are not followed, since they would carry the key. No error holds the key, a text or an answer's body.
 */
export function openAICompatibleEmbedder(options: OpenAICompatibleEmbedderOptions): Embedder {
  const { dimensions, model, timeoutMs = 30_000, retries = 3, clock = systemClock } = options;
  const url = embeddingsUrl(options.baseUrl);
  const call = async (texts: readonly string[], signal: AbortSignal | undefined): Promise<Float32Array[]> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let answer: unknown;
    try {
      response = await (options.fetch ?? globalThis.fetch)(url, {
        method: "POST",
        redirect: "error",
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        headers: {
          "content-type": "application/json",
          ...(options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {}),
        },
        body: JSON.stringify({
          model,
          input: texts,
          encoding_format: "float",
          ...(options.requestDimensions ? { dimensions } : {}),
        }),
      });
      // A number of a vector takes about 22 characters; an answer much larger is not an answer.
      answer = response.ok ? await readJson(response, 100_000 + texts.length * dimensions * 40) : undefined;
    } catch (error) {
      if (signal?.aborted) throw new CancelledError("a signal");
      if (isHaloError(error)) throw error;
      const code = deadline.aborted ? "vendor_timeout" : "vendor_failed";
      throw new VendorError("The embedding server could not be reached in time; it is tried again.", {
        code,
        retryable: true,
      });
    }
    if (!response.ok) throw refusal(response, clock.now());
    return vectorsOf(answer, texts.length, dimensions);
  };
  return {
    space: options.space ?? `${model}@${dimensions}`,
    dimensions,
    maxInputCharacters: options.maxInputCharacters ?? 8_000,
    batchSize: options.batchSize ?? 64,
    quality: options.quality ?? "semantic",
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    async embed(texts, { signal }) {
      if (signal?.aborted) throw new CancelledError("a signal");
      if (texts.length === 0) return [];
      return pRetry(() => call(texts, signal), {
        retries,
        minTimeout: 0,
        maxTimeout: 0,
        shouldRetry: ({ error }) => (error as HaloError).retryable === true,
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if ((error as HaloError).retryable !== true || retriesLeft === 0) return;
          const asked = isHaloError(error, "rate_limited")
            ? (error as RateLimitError).retryAt - clock.now()
            : 0;
          const waitMs = Math.max(asked, firstWaitMs * 2 ** (attemptNumber - 1));
          if (waitMs > maxWaitMs) throw error;
          await clock.sleep(waitMs, signal).catch(() => {
            throw new CancelledError("a signal");
          });
        },
      });
    },
  };
}

function embeddingsUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const loopback = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)))
    throw new ConfigurationError("Give the embedding server's https address (http only on loopback).", {
      option: "baseUrl",
    });
  if (url.username !== "" || url.password !== "")
    throw new ConfigurationError("Give the key as apiKey, not inside the address.", { option: "baseUrl" });
  url.pathname = `${url.pathname.replace(/\/$/, "")}/embeddings`;
  return url.href;
}

function refusal(response: Response, now: number): HaloError {
  const { status } = response;
  void response.body?.cancel().catch(() => {});
  if (status === 401 || status === 403)
    return new ConfigurationError("The embedding server refuses the key: give one that may embed.", {
      option: "apiKey",
    });
  if (status === 429)
    return new RateLimitError("The embedding server asks for fewer calls.", {
      retryAt: retryAt(response.headers.get("retry-after"), now),
    });
  return new VendorError(`The embedding server answered ${status}; check model and address if it stays so.`, {
    status,
    retryable: status >= 500 || status === 408,
  });
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); now when absent or unreadable. */
function retryAt(header: string | null, now: number): number {
  if (header === null) return now;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return now + Math.max(0, seconds) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? now : Math.max(date, now);
}

async function readJson(response: Response, maxBytes: number): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > maxBytes) {
      void reader?.cancel().catch(() => {});
      throw invalid("too_large");
    }
    text += decoder.decode(part.value, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw invalid("not_json");
  }
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

const invalid = (reason: string): VendorError =>
  new VendorError(
    "The embedding server's answer does not fit: check that model and dimensions belong together.",
    { code: "vendor_response_invalid", reason },
  );
