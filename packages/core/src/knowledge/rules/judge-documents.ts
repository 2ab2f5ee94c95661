import type { Engine } from "../../engine/engine.ts";
import { isHaloError } from "../../errors.ts";
import type { DecidedDocument, JudgedDocument, LearningRule, Verdicts } from "../../ports/learning-store.ts";
import type { Again, Slice } from "../../work/slice.ts";
import { askWithinBudget, modelFailure } from "../models/spend.ts";
import { Verdicts as Answer, judgeInstructions, marked } from "../models/tasks.ts";
import { cutIntoTurns } from "../models/turns.ts";
import { decide } from "./decide.ts";
import { contentOf } from "./document-content.ts";
import { type RulesFor, ruleKey, ruleSet } from "./rule-set.ts";

/** Topics of one question: each costs an answer of some sixty tokens. */
const topicsAtOnce = 20;
const longestNote = 200;
/** Of one question, however much the model reads: what is asked about must not drown. */
const mostCharacters = 60_000;

/** Asks a model about the documents that wait for it; what it cannot say leaves them waiting, with the reason. */
export async function judgeDocuments(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, learning, storage } = engine;
  const { lease } = slice;
  for (;;) {
    if (slice.ending()) return new Date(clock.now());
    slice.signal.throwIfAborted();
    const waiting = await storage.learning.toJudge(lease, learning.concurrency, new Date(clock.now()));
    if (waiting.length === 0) return storage.learning.nextDue(lease);
    const rules = ruleSet(await storage.learning.rules(lease.orgId));
    const again = await Promise.all(
      waiting.map((document) => judge(engine, slice, document, rules.for(document.sourceKey))),
    );
    const failed = again.filter((at) => at !== undefined);
    // A model that is not to be had is left alone, whoever else waits.
    if (failed.length === waiting.length) return new Date(Math.min(...failed));
  }
}

/** Undefined: it was judged, or the next may fare better. */
async function judge(
  engine: Engine,
  slice: Slice,
  document: JudgedDocument,
  rules: RulesFor,
): Promise<number | undefined> {
  const { clock, events, logger, storage } = engine;
  const { lease } = slice;
  const waitedBy = document.stamp ?? "";
  try {
    const text = await contentOf(document);
    let decision = decide(document, text, rules);
    if (decision.outcome === "waiting") decision = await askAbout(engine, slice, document, text, rules);
    if (decision.outcome === "waiting") throw new Error("undecided");
    const stored = await storage.learning.judged(lease, decision, waitedBy, new Date(clock.now()));
    if (stored) {
      const { documentId, outcome, reason, ruleId } = decision;
      events.emit("document.judged", { orgId: lease.orgId, documentId, outcome, reason, ruleId });
    }
    return undefined;
  } catch (error) {
    if (slice.signal.aborted) throw slice.signal.reason;
    if (isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost")) throw error;
    const { everybody, nextAttemptAt, reason } = modelFailure(error, document.attempts, clock.now());
    logger.warn("A document waits to be judged: its model gave no usable answer", { reason });
    // Never given up on: it would be neither learned nor seen to be missing.
    const failure = { documentId: document.id, stamp: waitedBy, reason };
    await storage.learning.postponeJudging(lease, [{ ...failure, nextAttemptAt: new Date(nextAttemptAt) }]);
    return everybody ? nextAttemptAt : undefined;
  }
}

async function askAbout(
  engine: Engine,
  { lease, signal }: Slice,
  document: JudgedDocument,
  text: string,
  rules: RulesFor,
): Promise<DecidedDocument> {
  const open = rules.topics.filter((rule) => document.verdicts[ruleKey(rule)] === undefined);
  const asked = await verdictsOn(engine, lease.orgId, text, open, signal);
  const verdicts = { ...document.verdicts, ...asked.verdicts };
  const model = engine.model?.model;
  const note = asked.note?.slice(0, longestNote).toWellFormed();
  return { ...decide({ ...document, verdicts }, text, rules), model, note };
}

/** What a model says of topics: true as soon as a part of the text matches one, and then of no further one. */
export async function verdictsOn(
  engine: Engine,
  orgId: string,
  text: string,
  topics: readonly LearningRule[],
  signal: AbortSignal,
): Promise<{ readonly verdicts: Verdicts; readonly note: string | undefined }> {
  const verdicts: { [rule: string]: boolean } = {};
  const most = Math.min(mostCharacters, engine.model?.maxInputCharacters ?? mostCharacters);
  for (let from = 0; from < topics.length; from += topicsAtOnce) {
    const some = topics.slice(from, from + topicsAtOnce);
    const texts = some.map((rule) => rule.text);
    const overhead = judgeInstructions(texts, marked("").marker).length + 100;
    for (const part of cutIntoTurns(text, Math.max(1_000, most - overhead))) {
      const { input, marker } = marked(part.text);
      const { verdicts: answers } = await askWithinBudget(
        engine,
        orgId,
        {
          task: "judge_topics",
          instructions: judgeInstructions(texts, marker),
          input,
          schema: Answer,
          maxOutputTokens: 200 + 100 * some.length,
        },
        signal,
      );
      // A topic that the model left out has not matched here; one that it invented is nobody's.
      const match = answers.find(({ matches, topic }) => matches && some[topic - 1] !== undefined);
      const rule = match && some[match.topic - 1];
      if (rule) return { verdicts: { ...verdicts, [ruleKey(rule)]: true }, note: match.reason };
    }
    for (const rule of some) verdicts[ruleKey(rule)] = false;
  }
  return { verdicts, note: undefined };
}
