import * as z from "zod";
import { isHaloError } from "../errors.ts";
import {
  distilInstructions,
  Insights,
  judgeInstructions,
  marked,
  Verdicts,
} from "../knowledge/models/tasks.ts";
import type { JsonSchema, LanguageModel, ModelRequest } from "../ports/language-model.ts";

type Vitest = Pick<typeof import("vitest"), "describe" | "it" | "expect">;

export interface LanguageModelContractOptions {
  /** Test functions of the host's own vitest, so that this module loads without it. */
  readonly vitest: Vitest;
}

/** Each promise of the `LanguageModel` port; rejects where a model breaks it. A trained model is asked some ten times. */
export const languageModelPromises: readonly (readonly [
  title: string,
  check: (model: LanguageModel) => Promise<void>,
])[] = [
  [
    "names itself, its limit and its quality",
    async ({ maxInputCharacters, model, quality }) => {
      hold(
        typeof model === "string" && /^[\w.:@/+-]{1,120}$/.test(model),
        "model is 1 to 120 letters, digits or _.:@/+-",
      );
      hold(maxInputCharacters >= 2_000, "maxInputCharacters is at least 2,000");
      hold(["generative", "extractive"].includes(quality), "quality is generative or extractive");
    },
  ],
  [
    "answers with parsed JSON that fits the schema",
    async (model) => {
      const { value } = await model.generate(judging(["renewal of the contract", "pricing"], renewal));
      hold(typeof value === "object" && value !== null, "the value is parsed, no text");
      const { verdicts } = fitting(Verdicts, value);
      hold(new Set(verdicts.map(({ topic }) => topic)).size === 2, "both topics have a verdict");
      fitting(Insights, (await model.generate(distilling(renewal))).value);
    },
  ],
  [
    "tells a source that is about a topic from one that is not",
    async (model) => {
      hold(await matches(model, "renewal of the contract", renewal), "what is about it matches");
      hold(!(await matches(model, "renewal of the contract", lunch)), "what is not about it does not");
    },
  ],
  [
    "takes from a source passages that stand in it",
    async (model) => {
      const { insights } = fitting(Insights, (await model.generate(distilling(renewal))).value);
      const even = (text: string) => text.replace(/\s+/g, " ").trim();
      const quotes = insights.map(({ quote }) => even(quote)).filter((quote) => quote.length >= 12);
      hold(
        quotes.some((quote) => even(renewal).includes(quote)),
        "at least one quote is copied from the source",
      );
    },
  ],
  [
    "answers each of several questions at once by itself",
    async (model) => {
      const answers = await Promise.all(
        [renewal, lunch, renewal].map((source) => matches(model, "renewal of the contract", source)),
      );
      hold(answers.join() === "true,false,true", "each has the answer to its own source");
    },
  ],
  [
    "takes an input as long as its limit, and reads its end",
    async (model) => {
      const most = Math.min(model.maxInputCharacters, 20_000);
      const frame = judging(["renewal of the contract"], "");
      const room = most - frame.instructions.length - frame.input.length - renewal.length - 2;
      const filler = "And so on about nothing. ".repeat(Math.ceil(room / 25)).slice(0, room);
      hold(await matches(model, "renewal of the contract", `${filler}\n\n${renewal}`), "the end counts");
    },
  ],
  [
    "is stopped by its signal, with a typed error",
    async (model) => {
      const before = { ...judging(["pricing"], lunch), signal: AbortSignal.abort(new Error("stopped")) };
      const error = await model.generate(before).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      hold(error !== undefined, "an aborted signal rejects");
      hold(isHaloError(error, "cancelled"), "the error is `cancelled`");
    },
  ],
];

/** Checks a model against the port's promises, each as a test: `languageModelContract("mine", () => mine(), { vitest })`. */
export function languageModelContract(
  name: string,
  open: () => LanguageModel | Promise<LanguageModel>,
  { vitest: { describe, it } }: LanguageModelContractOptions,
): void {
  describe(`language model ${name}`, () => {
    for (const [title, check] of languageModelPromises) it(title, async () => check(await open()), 120_000);
  });
}

const renewal = `Ann: Thanks for the time. Our contract ends in June.

Ben: We want to talk about the renewal of the contract, for two more years.

Ann: The price per seat is a problem for us. I'll send the numbers by Friday.`;
const lunch = `Ann: The soup was good today.

Ben: I had the salad, and then a walk around the lake.`;

function judging(topics: readonly string[], source: string): ModelRequest {
  const { input, marker } = marked(source);
  const schema = schemaOf(Verdicts);
  return {
    task: "judge_topics",
    instructions: judgeInstructions(topics, marker),
    input,
    schema,
    maxOutputTokens: 1_000,
  };
}

function distilling(source: string): ModelRequest {
  const { input, marker } = marked(source);
  const schema = schemaOf(Insights);
  return {
    task: "distil_insights",
    instructions: distilInstructions([], marker),
    input,
    schema,
    maxOutputTokens: 4_000,
  };
}

async function matches(model: LanguageModel, topic: string, source: string): Promise<boolean> {
  const { verdicts } = fitting(Verdicts, (await model.generate(judging([topic], source))).value);
  return verdicts.some((verdict) => verdict.topic === 1 && verdict.matches);
}

function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema) as Record<string, unknown>;
  return json as JsonSchema;
}

function fitting<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error("Broken promise: the answer fits the schema.");
  return parsed.data;
}

function hold(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`Broken promise: ${promise}.`);
}
