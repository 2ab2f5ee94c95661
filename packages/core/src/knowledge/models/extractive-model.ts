import { CancelledError, ConfigurationError } from "../../errors.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import type { InsightKind } from "../../ports/learning-store.ts";
import { stem } from "../lexical/stem.ts";
import { stopWords } from "../lexical/stop-words.ts";
import { tokens } from "../lexical/tokens.ts";
import { longestQuote, longestSummary, topicsOf, unmarked } from "./tasks.ts";

/** Of one answer: more would be a copy of the source. */
const mostSentences = 20;
const shortestSentence = 25;

/** English only, and only as far as it goes: what a sentence has to say to count as of a kind, surest first. */
const cues: readonly (readonly [kind: InsightKind, said: RegExp])[] = [
  [
    "renewal_signal",
    /\b(?:renew(?:al|ing|ed)?|contract (?:ends|expires)|churn(?:ing)?|switch(?:ing)? to)\b/i,
  ],
  ["pricing", /\b(?:pric(?:e|es|ing)|discounts?|invoices?|per seat|budget)\b|[$€£]\s?\d/i],
  [
    "feature_request",
    /\b(?:feature request|would be (?:great|nice) if|we (?:wish|need) (?:a|an|the|you)|could you add)\b/i,
  ],
  [
    "action_item",
    /\b(?:action items?|next steps?|follow[- ]up|(?:i|we)(?:'ll| will) (?:send|share|check|schedule|prepare))\b/i,
  ],
  [
    "commitment",
    /\b(?:(?:we|i) (?:promise|commit|guarantee)|by (?:monday|tuesday|wednesday|thursday|friday|end of))\b/i,
  ],
  [
    "pain_point",
    /\b(?:problems?|frustrat(?:ed|ing)|doesn't work|does not work|broken|too slow|painful|struggl(?:e|ing))\b/i,
  ],
  ["preference", /\b(?:prefers?|rather have|please use|best way to reach)\b/i],
  ["product_feedback", /\b(?:(?:we|i) (?:love|like|hate)|confusing|easy to use|hard to use|intuitive)\b/i],
];

/**
 * No language model: a few dozen English cue words, for tests, trials and offline use. It judges a topic by whether half
 * of its words stand in the text, and "distils" by copying sentences that hold a cue word, so that its summaries are
 * quotes. It understands nothing, finds little of what is there, and takes some of what is not: its
 * `quality: "extractive"` says so, and so does its name wherever its insights are shown. Deterministic, no network.
 */
export function extractiveModel(): LanguageModel {
  return {
    model: "halo-extractive-1",
    quality: "extractive",
    maxInputCharacters: 200_000,
    async generate({ input, instructions, signal, task }) {
      if (signal?.aborted) throw new CancelledError("a signal");
      const source = unmarked(input);
      switch (task) {
        case "judge_topics":
          return { value: { verdicts: judged(source, topicsOf(instructions)) } };
        case "distil_insights":
          return { value: { insights: extracted(source) } };
        case "merge_insights":
          return { value: { duplicates: [] } };
      }
      throw new ConfigurationError(
        "The extractive model knows Halo's own tasks only: give a trained language model for others.",
        { option: "languageModel" },
      );
    },
  };
}

function judged(source: string, topics: readonly string[]) {
  const said = new Set(wordsOf(source));
  return topics.map((topic, index) => {
    const words = [...new Set(wordsOf(topic))];
    const found = words.filter((word) => said.has(word));
    const matches = words.length > 0 && found.length * 2 >= words.length;
    return { topic: index + 1, matches, reason: `${found.length} of ${words.length} words stand in it` };
  });
}

function wordsOf(text: string): string[] {
  return [...tokens(text)].filter((token) => !stopWords.has(token)).map((token) => stem(token));
}

function extracted(source: string) {
  const insights: { kind: InsightKind; summary: string; quote: string }[] = [];
  for (const sentence of sentencesOf(source)) {
    if (insights.length === mostSentences) break;
    const kind = cues.find(([, said]) => said.test(sentence))?.[0];
    if (kind) insights.push({ kind, summary: sentence.slice(0, longestSummary), quote: sentence });
  }
  return insights;
}

/** Without the speaker's label that a turn begins with. */
function* sentencesOf(source: string): Generator<string> {
  for (const line of source.split("\n")) {
    const said = line.slice(labelLength(line));
    for (const sentence of said.split(/(?<=[.!?])\s/)) {
      const even = sentence.trim();
      if (even.length >= shortestSentence && even.length <= longestQuote) yield even;
    }
  }
}

/** "Ada Lovelace: " */
function labelLength(line: string): number {
  const at = line.indexOf(": ");
  return at > 0 && at <= 60 && !/[.!?]/.test(line.slice(0, at)) ? at + 2 : 0;
}
