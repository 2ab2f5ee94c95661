import { type HaloError, VendorError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LanguageModel, ModelAnswer, ModelRequest } from "../../ports/language-model.ts";
import { answerInvalid, modelServerUrl, postJson } from "./model-server.ts";

export interface OpenAICompatibleModelOptions {
  /** Up to the version: `https://api.openai.com/v1`. Must be https, or http to this machine's loopback. */
  readonly baseUrl: string;
  /** Left out for servers that want none. */
  readonly apiKey?: string;
  readonly model: string;
  /** What stands beside what the model made. Default: `model`. */
  readonly name?: string;
  /** Default 100,000: about 25,000 tokens. */
  readonly maxInputCharacters?: number;
  /**
   * How the server is held to the schema. `json_schema` (default): by the server itself. `json_object`: it promises JSON,
   * and reads the schema in the instructions. `none`: only the instructions ask for it.
   */
  readonly structured?: "json_schema" | "json_object" | "none";
  /** The field for the most tokens; servers other than OpenAI often know the older one only. Default `max_completion_tokens`. */
  readonly tokenLimitField?: "max_completion_tokens" | "max_tokens";
  /** Sent as it is; absent: the server's default. Some reasoning models refuse it. */
  readonly temperature?: number;
  /** For one call, retries not included. Default 120,000. */
  readonly timeoutMs?: number;
  /** Calls beyond the first for 429, 5xx and a lost network. Default 2. */
  readonly retries?: number;
  /**
   * Default, on Node: one that reaches public addresses only (and loopback, if `baseUrl` names it). For a server inside
   * your own network give `globalThis.fetch`.
   */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

const serverName = "language model's server";

/**
 * Any server with OpenAI's `POST /chat/completions` (OpenAI, Azure's v1, Mistral, Ollama, vLLM, LM Studio, …) as Halo's
 * language model. An answer that was cut off, refused or is no JSON is `vendor_response_invalid`, with `reason`
 * `cut_off`, `refused` or `not_json`. No error holds the key, the input or the answer.
 */
export function openAICompatibleModel(options: OpenAICompatibleModelOptions): LanguageModel {
  const { model, retries = 2, structured = "json_schema", timeoutMs = 120_000 } = options;
  const url = modelServerUrl(serverName, options.baseUrl, "chat/completions");
  const server = {
    name: serverName,
    url,
    apiKey: options.apiKey,
    timeoutMs,
    retries,
    fetch: options.fetch ?? pinned(url),
    clock: options.clock,
  };
  return {
    model: options.name ?? model,
    quality: "generative",
    maxInputCharacters: options.maxInputCharacters ?? 100_000,
    async generate(request) {
      const { input, maxOutputTokens, signal } = request;
      const body = {
        model,
        messages: [
          { role: "system", content: instructionsOf(request, structured) },
          { role: "user", content: input },
        ],
        ...responseFormat(request, structured),
        [options.tokenLimitField ?? "max_completion_tokens"]: maxOutputTokens,
        ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
      };
      // A token is some four bytes of text; escaped, it may be six times that.
      const maxBytes = 100_000 + maxOutputTokens * 32;
      return postJson(server, body, { maxBytes, signal, read: answerOf });
    },
  };
}

type Structured = NonNullable<OpenAICompatibleModelOptions["structured"]>;

function instructionsOf({ instructions, schema }: ModelRequest, structured: Structured): string {
  if (structured === "json_schema") return instructions;
  return `${instructions}\n\nAnswer with one JSON object and nothing else. Its JSON Schema:\n${JSON.stringify(schema)}`;
}

function responseFormat({ schema, task }: ModelRequest, structured: Structured): object {
  if (structured === "none") return {};
  if (structured === "json_object") return { response_format: { type: "json_object" } };
  return { response_format: { type: "json_schema", json_schema: { name: task, schema, strict: true } } };
}

/** `ChatCompletion` of the `openai` package (7.57), what of it is read. */
interface Completion {
  readonly choices?: readonly {
    readonly finish_reason?: unknown;
    readonly message?: { readonly content?: unknown; readonly refusal?: unknown };
  }[];
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
}

function answerOf(answer: unknown): ModelAnswer {
  const { choices, usage } = (answer ?? {}) as Completion;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const { finish_reason: finish, message } = choice ?? {};
  if (message?.refusal || finish === "content_filter") throw invalid("refused", "the model would not answer");
  if (finish === "length") throw invalid("cut_off", "it ended before its end; give the model more tokens");
  if (typeof message?.content !== "string") throw invalid("no_content", "it holds no text");
  return {
    value: parsed(message.content),
    inputTokens: countOf(usage?.prompt_tokens),
    outputTokens: countOf(usage?.completion_tokens),
  };
}

/** Servers that are not held to a schema like to put JSON into a fence. */
function parsed(content: string): unknown {
  const fenced = /^\s*```(?:json)?\n([\s\S]*)\n```\s*$/.exec(content);
  try {
    return JSON.parse(fenced?.[1] ?? content);
  } catch {
    throw invalid("not_json", "what the model says is no JSON");
  }
}

const countOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

const invalid = (reason: string, hint: string): HaloError => answerInvalid(serverName, reason, hint);

/** Loaded at the first call, since it is Node's alone. */
function pinned(url: string): typeof globalThis.fetch {
  let loaded: Promise<typeof globalThis.fetch> | undefined;
  return async (input, init) => {
    loaded ??= import("../../http/pinned-fetch.ts").then(({ createPinnedFetch }) =>
      createPinnedFetch({ unsafeLoopback: url.startsWith("http:") }),
    );
    try {
      return await (await loaded)(input, init);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "vendor_url_refused") throw error;
      throw new VendorError(
        `The ${serverName} has an address inside: give \`fetch: globalThis.fetch\` if that is meant.`,
        { code: "vendor_url_refused", withoutEffect: true },
      );
    }
  };
}
