import type { LanguageModel, ModelRequest } from "../src/index.ts";
import { topicsOf, unmarked } from "../src/knowledge/models/tasks.ts";

export interface Asked extends ModelRequest {
  /** What stood between the markers. */
  readonly source: string;
}

type Answer = (asked: Asked) => unknown;

export interface ScriptedModel extends LanguageModel {
  readonly asked: Asked[];
  /** Called for each request; throws to fail it. */
  before: (asked: Asked) => void | Promise<void>;
  answers: { judge_topics: Answer; distil_insights: Answer; merge_insights: Answer };
}

/**
 * Answers as a test tells it. By default a topic matches where one of its words stands in the source, and every line
 * that begins with "!kind " is an insight that quotes itself.
 */
export function scriptedModel(like: Partial<LanguageModel> = {}): ScriptedModel {
  const model: ScriptedModel = {
    model: "scripted-1",
    quality: "generative",
    maxInputCharacters: 50_000,
    asked: [],
    before: () => {},
    answers: {
      judge_topics: ({ instructions, source }) => ({
        verdicts: topicsOf(instructions).map((topic, index) => ({
          topic: index + 1,
          matches: topic.split(" ").some((word) => source.toLowerCase().includes(word.toLowerCase())),
          reason: `looked for ${topic}`,
        })),
      }),
      distil_insights: ({ source }) => ({
        insights: [...source.matchAll(/^(?:[^:\n]+: )?!(\w+) (.+)$/gm)].map(([, kind, quote = ""]) => ({
          ...{ kind, quote, summary: `It is said that ${quote}` },
        })),
      }),
      merge_insights: () => ({ duplicates: [] }),
    },
    async generate(request) {
      const asked = { ...request, source: unmarked(request.input) };
      model.asked.push(asked);
      await model.before(asked);
      request.signal?.throwIfAborted();
      return { value: model.answers[request.task as keyof ScriptedModel["answers"]](asked) };
    },
    ...like,
  };
  return model;
}
