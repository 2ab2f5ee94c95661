import * as vitest from "vitest";
import { extractiveModel } from "../knowledge/models/extractive-model.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import { languageModelContract, languageModelPromises } from "./language-model-contract.ts";

const { expect, it } = vitest;

languageModelContract("extractive", () => extractiveModel(), { vitest });

const right = extractiveModel();
type Generate = LanguageModel["generate"];
const changed =
  (change: (value: never) => unknown): Generate =>
  async (request) => ({ value: change((await right.generate(request)).value as never) });
let last: Parameters<Generate>[0] | undefined;

/** Each broken in one respect, and the promise that must notice. */
const broken: readonly (readonly [title: string, promise: RegExp, change: Partial<LanguageModel>])[] = [
  ["without a name", /names itself/, { model: "" }],
  ["with a name of other signs", /names itself/, { model: "a b" }],
  ["that reads too little", /names itself/, { maxInputCharacters: 100 }],
  ["of unknown quality", /names itself/, { quality: "good" as "generative" }],
  ["that answers text", /parsed JSON/, { generate: changed((value) => JSON.stringify(value)) }],
  [
    "that adds a field",
    /parsed JSON/,
    { generate: changed((value: object) => ({ ...value, thoughts: "…" })) },
  ],
  [
    "that leaves a topic out",
    /parsed JSON/,
    {
      generate: changed((value: { verdicts?: unknown[] }) =>
        value.verdicts ? { verdicts: value.verdicts.slice(0, 1) } : value,
      ),
    },
  ],
  [
    "that says yes to everything",
    /tells a source/,
    {
      generate: changed((value: { verdicts?: object[] }) =>
        value.verdicts ? { verdicts: value.verdicts.map((one) => ({ ...one, matches: true })) } : value,
      ),
    },
  ],
  [
    "that invents its quotes",
    /passages/,
    {
      generate: changed((value: { insights?: object[] }) =>
        value.insights
          ? { insights: value.insights.map((one) => ({ ...one, quote: "Everything is free from now on." })) }
          : value,
      ),
    },
  ],
  [
    "that finds nothing",
    /passages/,
    { generate: changed((value: { insights?: object[] }) => (value.insights ? { insights: [] } : value)) },
  ],
  [
    "that answers the question asked last",
    /several questions/,
    {
      generate: async (request) => {
        last = request;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return right.generate({ ...last, ...(request.signal && { signal: request.signal }) });
      },
    },
  ],
  [
    "that cuts its input unseen",
    /longest|limit/,
    {
      generate: (request) => right.generate({ ...request, input: `${request.input.slice(0, 2_000)}\n</x>` }),
    },
  ],
  [
    "that does not listen to its signal",
    /signal/,
    { generate: ({ signal: _, ...request }) => right.generate(request) },
  ],
  [
    "that stops with an error of its own",
    /signal/,
    {
      generate: async (request) => {
        if (request.signal?.aborted) throw new Error("aborted");
        return right.generate(request);
      },
    },
  ],
];

it.each(broken)("notices a model %s", async (_, promise, change) => {
  const failed: string[] = [];
  const model = { ...right, ...change };
  for (const [title, check] of languageModelPromises) await check(model).catch(() => failed.push(title));
  expect(failed.join("; ")).toMatch(promise);
});
