import type { Json } from "../define/json.ts";

/**
 * Answers with structured output. A host's own model fits by satisfying this interface; `languageModelContract` in
 * `@halo/core/testing` checks the promises. What it answers is checked against the schema by Halo at every call, so a
 * model is never trusted to have kept to it.
 */
export interface LanguageModel {
  /** Names model and version: stands beside everything that it made or decided. 1 to 120 of letters, digits, `_.:@/+-`. */
  readonly model: string;
  /**
   * `generative`: a trained model that judges and summarises. `extractive`: rules over words, which copies sentences
   * and understands nothing.
   */
  readonly quality: "generative" | "extractive";
  /**
   * The longest `instructions` and `input` together, in UTF-16 units, that it reads whole; at least 2,000. Halo cuts
   * longer texts at whole turns and asks several times.
   */
  readonly maxInputCharacters: number;
  /**
   * One answer to one request. Rejects with a typed error: `vendor_timeout`, `vendor_failed` (with `retryable`),
   * `rate_limited`, `vendor_response_invalid` for what is no JSON or was cut off, `cancelled`, `configuration_invalid`.
   * No error holds the input or the answer.
   */
  generate(request: ModelRequest): Promise<ModelAnswer>;
}

export interface ModelRequest {
  /** What is asked, and the schema's name: "judge_topics", "distil_insights". Lower case, digits, `_`; at most 64. */
  readonly task: string;
  /** Ours alone. Nothing of `input` may ever be given to a model as if it stood here. */
  readonly instructions: string;
  /** Others' words, between markers that the instructions name. */
  readonly input: string;
  /** JSON Schema (draft 2020-12) of an object; every property is required and no other is allowed. */
  readonly schema: JsonSchema;
  /** Most tokens of the answer. */
  readonly maxOutputTokens: number;
  readonly signal?: AbortSignal;
}

export type JsonSchema = { readonly [keyword: string]: Json };

export interface ModelAnswer {
  /** Parsed JSON, not checked yet. */
  readonly value: unknown;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}
