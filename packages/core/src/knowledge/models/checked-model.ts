import * as z from "zod";
import { CancelledError, ConfigurationError, isHaloError, VendorError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JsonSchema, LanguageModel } from "../../ports/language-model.ts";

/** No model is waited for longer, whatever its own deadline. */
export const modelTimeoutMs = 180_000;

export interface Question<T> {
  readonly task: string;
  readonly instructions: string;
  readonly input: string;
  /** A strict object. */
  readonly schema: z.ZodType<T>;
  readonly maxOutputTokens: number;
}

/** A host's model whose promises are checked at every call: its answers have passed the schema, or are refused. */
export interface CheckedModel extends Pick<LanguageModel, "model" | "quality" | "maxInputCharacters"> {
  /**
   * Rejects with `vendor_response_invalid` (`reason` `schema`) for an answer that does not fit, `vendor_timeout` for none
   * in time, also from a model that does not listen to its signal, and `input_too_long` for more than it reads.
   */
  ask<T>(question: Question<T>, signal: AbortSignal): Promise<T>;
}

export function checkedModel(model: LanguageModel, clock: Clock, timeoutMs = modelTimeoutMs): CheckedModel {
  requireSound(model);
  return {
    model: model.model,
    quality: model.quality,
    maxInputCharacters: model.maxInputCharacters,
    async ask({ schema, ...question }, signal) {
      if (question.instructions.length + question.input.length > model.maxInputCharacters)
        throw invalid(model, "input_too_long", "was given more than it reads; cut it into parts first");
      signal.throwIfAborted();
      const stop = new AbortController();
      const over = new AbortController();
      const forward = () => stop.abort(signal.reason);
      signal.addEventListener("abort", forward, { once: true });
      const late = clock.sleep(timeoutMs, over.signal).then(() => {
        stop.abort(new Error("too late"));
        throw new VendorError(`The language model ${model.model} did not answer in time.`, {
          code: "vendor_timeout",
          retryable: true,
        });
      });
      const stopped = new Promise<never>((_, reject) => {
        stop.signal.addEventListener("abort", () => {
          if (signal.aborted) reject(new CancelledError("a signal"));
        });
      });
      late.catch(() => {});
      stopped.catch(() => {});
      try {
        const request = { ...question, schema: jsonSchemaOf(schema), signal: stop.signal };
        const { value } = await Promise.race([model.generate(request), late, stopped]);
        const parsed = schema.safeParse(value);
        if (!parsed.success) throw invalid(model, "schema", "answered with what does not fit the schema");
        return parsed.data;
      } catch (error) {
        if (signal.aborted) throw new CancelledError("a signal");
        if (isHaloError(error)) throw error;
        // A host's own code: what it says may hold the text.
        throw new VendorError(`The language model ${model.model} failed.`, { retryable: true });
      } finally {
        over.abort(new Error("answered"));
        signal.removeEventListener("abort", forward);
      }
    },
  };
}

const schemas = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = schemas.get(schema);
  if (known) return known;
  const { $schema: _, ...made } = z.toJSONSchema(schema) as Record<string, unknown>;
  const json = made as JsonSchema;
  schemas.set(schema, json);
  return json;
}

function requireSound({ maxInputCharacters, model }: LanguageModel): void {
  if (typeof model !== "string" || !/^[\w.:@/+-]{1,120}$/.test(model))
    throw new ConfigurationError("Name the language model with 1 to 120 letters, digits or any of _.:@/+-", {
      option: "languageModel.model",
    });
  if (!(maxInputCharacters >= 2_000))
    throw new ConfigurationError("Say how many characters the language model reads: at least 2,000.", {
      option: "languageModel.maxInputCharacters",
    });
}

const invalid = ({ model }: LanguageModel, reason: string, what: string): VendorError =>
  new VendorError(`The language model ${model} ${what}.`, { code: "vendor_response_invalid", reason });
