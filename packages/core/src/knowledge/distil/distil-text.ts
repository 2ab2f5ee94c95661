import type { Engine } from "../../engine/engine.ts";
import { isHaloError, VendorError } from "../../errors.ts";
import { uuidv7 } from "../../ids.ts";
import type { DistillableDocument, DistilledDocument } from "../../ports/learning-store.ts";
import type { Slice } from "../../work/slice.ts";
import { cleanText } from "../clean/clean-text.ts";
import { askWithinBudget } from "../models/spend.ts";
import {
  Duplicates,
  distilInstructions,
  Insights,
  longestQuote,
  longestSummary,
  marked,
  mergeInstructions,
  mostInsights,
} from "../models/tasks.ts";
import { cutIntoTurns } from "../models/turns.ts";
import type { RulesFor } from "../rules/rule-set.ts";
import { quotedText } from "./find-quote.ts";
import { type FoundInsight, mergeInsights } from "./merge-insights.ts";

/** Of one part, however much the model reads: of more it would see only what stands at both ends. */
const mostCharacters = 24_000;
/** A document beyond it is a dump, and would cost hundreds of calls. */
const longestText = 2_000_000;
/** Fewer notes than these say nothing twice that words would not show. */
const leastToMerge = 12;

export type Distilled = Pick<DistilledDocument, "insights" | "dropped" | "calls">;

/**
 * Insights of a text: each part of whole turns by itself (map), then what says the same once (reduce). A quote that does
 * not stand in the source takes its insight with it. Undefined: nobody wants it any more.
 */
export async function distilText(
  engine: Engine,
  slice: Slice,
  { text }: DistillableDocument,
  rules: RulesFor,
  isWanted: () => Promise<boolean>,
): Promise<Distilled | undefined> {
  if (text.length > longestText)
    throw new VendorError("The document is too long to be distilled.", {
      code: "vendor_response_invalid",
      reason: "input_too_long",
    });
  const wishes = rules.instructions.map((rule) => rule.text);
  const overhead = distilInstructions(wishes, marked("").marker).length + 100;
  const most = Math.min(mostCharacters, (engine.model?.maxInputCharacters ?? mostCharacters) - overhead);
  const parts = cutIntoTurns(text, Math.max(1_000, most));
  const found: FoundInsight[] = [];
  let dropped = 0;
  let calls = 0;
  for (const part of parts) {
    // Each call costs: a document that was cancelled or changed meanwhile gets no further one.
    if (calls > 0 && !(await isWanted())) return undefined;
    const { input, marker } = marked(part.text);
    calls++;
    const { insights } = await askWithinBudget(
      engine,
      slice.lease.orgId,
      {
        task: "distil_insights",
        instructions: distilInstructions(wishes, marker),
        input,
        schema: Insights,
        maxOutputTokens: 6_000,
      },
      slice.signal,
    );
    const quotes = quotedText(part.text);
    for (const { kind, quote, summary } of insights.slice(0, mostInsights)) {
      const at = quote.length <= longestQuote ? quotes.find(quote) : undefined;
      const said = oneLine(summary);
      if (!at || said === "") {
        dropped++;
        continue;
      }
      const [start, end] = [part.start + at.start, part.start + at.end];
      found.push({ kind, summary: said, quote: text.slice(start, end), start, end });
    }
  }
  let merged = mergeInsights(found);
  if (parts.length > 1 && merged.length >= leastToMerge) {
    const rest = await reduce(engine, slice, merged);
    calls += rest.calls;
    merged = rest.insights;
  }
  const insights = merged.map((insight) => ({ id: uuidv7(engine.clock.now()), ...insight }));
  return { insights, dropped, calls };
}

/** A model names pairs that say the same; it cannot change or add a word. Its failure costs nothing but the pairs. */
async function reduce(
  engine: Engine,
  { lease, signal }: Slice,
  insights: readonly FoundInsight[],
): Promise<{ readonly insights: readonly FoundInsight[]; readonly calls: number }> {
  const list = insights.map(({ kind, summary }, index) => `${index + 1}. [${kind}] ${summary}`).join("\n");
  const { input, marker } = marked(list);
  const instructions = mergeInstructions(marker);
  if (instructions.length + input.length > (engine.model?.maxInputCharacters ?? 0))
    return { insights, calls: 0 };
  try {
    const { duplicates } = await askWithinBudget(
      engine,
      lease.orgId,
      { task: "merge_insights", instructions, input, schema: Duplicates, maxOutputTokens: 2_000 },
      signal,
    );
    const drop = new Set<number>();
    for (const pair of duplicates) {
      const [keep, other] = [insights[pair.keep - 1], insights[pair.drop - 1]];
      const sound = keep && other && keep !== other && keep.kind === other.kind;
      if (sound && !drop.has(pair.keep)) drop.add(pair.drop);
    }
    return { insights: insights.filter((_, index) => !drop.has(index + 1)), calls: 1 };
  } catch (error) {
    if (signal.aborted || isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost"))
      throw error;
    engine.logger.warn("Insights were merged by their words alone: the model gave no usable answer", {
      insights: insights.length,
    });
    return { insights, calls: 1 };
  }
}

function oneLine(summary: string): string {
  const line = cleanText(summary.slice(0, longestSummary * 2))
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= longestSummary ? line : `${line.slice(0, longestSummary - 1).toWellFormed()}…`;
}
