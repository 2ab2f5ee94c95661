import {
  CancelledError,
  ConfigurationError,
  type HaloError,
  isHaloError,
  RateLimitError,
  VendorError,
} from "../../errors.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";
import type { LanguageModel } from "../../ports/language-model.ts";

/**
 * The slice of the AI SDK 7 that is used: give it the host's own `ai` package, so that there is only one copy of it. What
 * stands as `never` is the SDK's own kind of thing, handed from one of its functions to the next.
 */
export interface AiSdk<Model> {
  generateText(call: {
    model: Model;
    instructions: string;
    prompt: string;
    output: never;
    maxOutputTokens: number;
    maxRetries: number;
    abortSignal?: AbortSignal;
  }): PromiseLike<{
    readonly output: unknown;
    readonly usage?: {
      readonly inputTokens?: number | undefined;
      readonly outputTokens?: number | undefined;
    };
  }>;
  readonly Output: { object(options: { schema: never; name: string }): unknown };
  jsonSchema(schema: never): unknown;
}

export interface AiSdkModelOptions<Model> {
  /** `import * as ai from "ai"`. Version 7. */
  readonly ai: AiSdk<Model>;
  /** Stands beside what the model made: "gpt-5-mini". */
  readonly name: string;
  /** Default 100,000: about 25,000 tokens. */
  readonly maxInputCharacters?: number;
  /** Tries beyond the first, made by the SDK; this adapter makes none. Default 2. */
  readonly maxRetries?: number;
  readonly clock?: Clock;
}

/**
 * A language model of the AI SDK as Halo's: `aiSdkModel(openai("gpt-5-mini"), { ai, name: "gpt-5-mini" })`. Asks by
 * `generateText` with an `Output.object`; the SDK's messages are left out of errors, since they may quote the texts.
 */
export function aiSdkModel<Model>(model: Model, options: AiSdkModelOptions<Model>): LanguageModel {
  const { ai, clock = systemClock, maxRetries = 2 } = options;
  return {
    model: options.name,
    quality: "generative",
    maxInputCharacters: options.maxInputCharacters ?? 100_000,
    async generate({ input, instructions, maxOutputTokens, schema, signal, task }) {
      if (signal?.aborted) throw new CancelledError("a signal");
      try {
        const { output, usage } = await ai.generateText({
          model,
          instructions,
          prompt: input,
          output: ai.Output.object({ schema: ai.jsonSchema(schema as never) as never, name: task }) as never,
          maxOutputTokens,
          maxRetries,
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        return { value: output, inputTokens: usage?.inputTokens, outputTokens: usage?.outputTokens };
      } catch (error) {
        if (signal?.aborted) throw new CancelledError("a signal");
        throw failureOf(error, clock.now());
      }
    },
  };
}

/** The SDK's errors by their names (`AI_…`), since classes of two copies differ. */
const invalidAnswers = new Set([
  "AI_NoObjectGeneratedError",
  "AI_NoOutputGeneratedError",
  "AI_NoContentGeneratedError",
  "AI_TypeValidationError",
  "AI_JSONParseError",
  "AI_InvalidResponseDataError",
]);

function failureOf(error: unknown, now: number): HaloError {
  if (isHaloError(error)) return error;
  const { finishReason, name } = (error ?? {}) as { name?: unknown; finishReason?: unknown };
  if (typeof name === "string" && invalidAnswers.has(name)) {
    return new VendorError("The language model's answer does not fit its schema; it is asked again later.", {
      code: "vendor_response_invalid",
      reason: finishReason === "length" ? "cut_off" : "schema",
    });
  }
  const status = statusOf(error);
  if (status === 401 || status === 403)
    return new ConfigurationError("The language model refuses the key: give one that may use it.", {
      option: "apiKey",
    });
  if (status === 429) return new RateLimitError("The language model asks for fewer calls.", { retryAt: now });
  return new VendorError("The language model could not be reached or refused; see status.", {
    status,
    retryable: status === undefined || status >= 500 || status === 408,
  });
}

/** The HTTP status of the SDK's APICallError, which RetryError keeps as its last error. */
function statusOf(error: unknown): number | undefined {
  const { statusCode, lastError } = (error ?? {}) as { statusCode?: unknown; lastError?: unknown };
  if (typeof statusCode === "number") return statusCode;
  return lastError === undefined ? undefined : statusOf(lastError);
}
