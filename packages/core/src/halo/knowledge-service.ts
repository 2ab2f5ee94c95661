import * as z from "zod";
import type { Engine } from "../engine/engine.ts";
import { isHaloError, ValidationError } from "../errors.ts";
import { search } from "../knowledge/search.ts";
import { noteUnanswered } from "../notify/knowledge-gaps.ts";
import type { Knowledge } from "./surface.ts";

const pollMs = 100;

const Question = z.strictObject({
  orgId: z.string().min(1).max(200),
  query: z.string().max(10_000),
  agentId: z.string().min(1).max(200).optional(),
});

export function createKnowledge(
  engine: Engine,
  { createInsights, createLearningRules, learningStatus }: typeof import("./learning-service.ts"),
): Knowledge {
  const { storage, clock } = engine;
  return {
    async search(request) {
      const hits = await search(engine, request);
      if (hits.length > 0 || request.agentId === undefined) return hits;
      // An answer must not fail because nobody could note that there was none.
      await noteUnanswered(engine, request).catch((error: unknown) => {
        if (isHaloError(error, "input_invalid")) return;
        engine.logger.warn("An unanswered question could not be noted", {
          error: error instanceof Error ? error.name : "unknown",
        });
      });
      return hits;
    },
    async unanswered(question) {
      const parsed = Question.safeParse(question);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new ValidationError("The question does not fit: see `path` and `reason`.", {
          path: issue?.path.join(".") ?? "",
          reason: issue?.message ?? "invalid",
        });
      }
      await noteUnanswered(engine, parsed.data);
    },
    rules: createLearningRules(engine),
    insights: createInsights(engine),
    learning: (orgId) => learningStatus(engine, orgId),
    counts: (orgId) => storage.knowledge.counts(orgId),
    async remove(orgId, by, reason) {
      // An empty prefix is everything an org knows: nobody means that by accident.
      if ("prefix" in by && by.prefix === "") {
        throw new ValidationError("Name a prefix: an empty one would remove everything.", {
          path: "prefix",
          reason: "empty",
        });
      }
      return await storage.knowledge.remove(orgId, by, reason, new Date(clock.now()));
    },
    receipts: (orgId) => storage.knowledge.receipts(orgId),
    async settled(orgId, { signal } = {}) {
      for (;;) {
        signal?.throwIfAborted();
        if ((await storage.knowledge.counts(orgId)).pending === 0) return;
        await clock.sleep(pollMs, signal);
      }
    },
  };
}
