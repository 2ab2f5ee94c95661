import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import { analyzeQuery } from "../knowledge/lexical/analyze.ts";
import type { NewNotification } from "../ports/notification-store.ts";
import { storableText } from "../storable-json.ts";
import type { Slice } from "../work/slice.ts";
import { parseEvent } from "./event-schemas.ts";

const batchSize = 200;
const dayMs = 24 * 60 * 60_000;
const longestQuestion = 1_000;

/**
 * Two questions are the same one in other words when they share at least half of the words that either has, as the index
 * knows words: stemmed, and without those that only ask.
 */
const leastShared = 0.5;

/** Keeps a question to which nothing useful was found. Throws `input_invalid` for one without words. */
export async function noteUnanswered(
  engine: Engine,
  request: { readonly orgId: string; readonly query: string; readonly agentId?: string | undefined },
): Promise<void> {
  const query = storableText(request.query).replaceAll(/\s+/g, " ").trim().slice(0, longestQuestion);
  const terms = analyzeQuery(query).map(({ term }) => term);
  if (terms.length === 0) {
    throw new ValidationError("There is no word in this question that could be looked up.", {
      path: "query",
      reason: "no words",
    });
  }
  const now = engine.clock.now();
  await engine.storage.notifications.unanswered(request.orgId, {
    id: uuidv7(now),
    query: query.toWellFormed(),
    terms,
    agentId: request.agentId,
    askedAt: new Date(now),
  });
}

/** Puts new questions to those that they repeat, and raises what was asked often enough, once for each window. */
export async function groupQuestions(engine: Engine, { lease }: Slice): Promise<number> {
  const { clock, storage } = engine;
  const { gapThreshold, gapWindowMs } = engine.notify;
  const now = clock.now();
  const since = new Date(now - gapWindowMs);
  const { gaps, ungrouped } = await storage.notifications.questions(lease, { since, limit: batchSize });
  if (ungrouped.length === 0) return 0;
  const known = gaps.map((gap) => ({ ...gap, words: new Set(gap.terms), examples: [...gap.examples] }));
  const grouped: { questionId: string; gapId: string }[] = [];
  const raised: { gapId: string; notification: NewNotification }[] = [];
  for (const { agentId, askedAt, id, query, terms } of ungrouped) {
    const words = new Set(terms);
    const likeness = known.map((gap) => shared(words, gap.words));
    const best = likeness.indexOf(Math.max(...likeness));
    let gap = (likeness[best] ?? 0) >= leastShared ? known[best] : undefined;
    if (!gap) {
      gap = { id, query, terms, raisedAt: undefined, times: 0, examples: [], words };
      known.push(gap);
    }
    grouped.push({ questionId: id, gapId: gap.id });
    // What waited here longer than the window says nothing about it.
    if (askedAt < since) continue;
    gap.times++;
    if (!gap.examples.includes(query)) gap.examples.unshift(query);
    if (gap.times < gapThreshold || (gap.raisedAt && gap.raisedAt > since)) continue;
    gap.raisedAt = new Date(now);
    const event = parseEvent("knowledge_gap", {
      gapId: gap.id,
      question: gap.query,
      times: gap.times,
      windowDays: gapWindowMs / dayMs,
      examples: gap.examples.slice(0, 5),
      ...(agentId === undefined ? {} : { agentId: agentId.slice(0, 200) }),
    }) as Json;
    // The question that made it enough: another one makes another notification.
    const notification = { type: "knowledge_gap", key: id, connectionId: undefined, event } as const;
    raised.push({ gapId: gap.id, notification });
  }
  await storage.notifications.group(lease, grouped, raised, new Date(now));
  return ungrouped.length;
}

/** The share of all their words that both have. */
function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  return both / (a.size + b.size - both);
}
