import type { Engine } from "../../engine/engine.ts";
import { isHaloError } from "../../errors.ts";
import type { DistillableDocument, DistilledDocument } from "../../ports/learning-store.ts";
import type { Again, Slice } from "../../work/slice.ts";
import { modelFailure } from "../models/spend.ts";
import { type RulesFor, ruleSet } from "../rules/rule-set.ts";
import { distillable } from "./distil-key.ts";
import { distilText } from "./distil-text.ts";
import { insightsDocument } from "./insights-document.ts";

/** Answers that break the schema so often in a row are no accident: it waits for another text, rule or model. */
const mostBroken = 5;

/** Distils what waits for it, several at once; what a model cannot do waits on, visibly, or is given up on in the end. */
export async function distilDocuments(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, learning, storage } = engine;
  const { lease } = slice;
  // After crashes one by one, so that a document that ends the process comes to stand alone.
  const atOnce = lease.attempts > 2 ? 1 : learning.concurrency;
  for (;;) {
    if (slice.ending()) return new Date(clock.now());
    slice.signal.throwIfAborted();
    const waiting = await storage.learning.toDistil(lease, atOnce, new Date(clock.now()));
    if (waiting.length === 0) return storage.learning.nextDue(lease);
    const rules = ruleSet(await storage.learning.rules(lease.orgId));
    const again = await Promise.all(
      waiting.map((document) => distilOne(engine, slice, document, rules.for(document.sourceKey))),
    );
    const failed = again.filter((at) => at !== undefined);
    // A model that is not to be had is left alone, whoever else waits.
    if (failed.length === waiting.length) return new Date(Math.min(...failed));
  }
}

/** Undefined: it is through, or the next may fare better. */
async function distilOne(
  engine: Engine,
  slice: Slice,
  document: DistillableDocument,
  rules: RulesFor,
): Promise<number | undefined> {
  const { clock, events, logger, storage } = engine;
  const { lease } = slice;
  const { documentId, key, revision, sourceKey, text, title } = document;
  try {
    // Its rules or the model are others than when it was queued: it is distilled by those of now, and noted so.
    const wanted = distillable(engine.model, { distil: true }, text, rules.wishes);
    if (wanted.key !== undefined && wanted.key !== key) {
      const queued = { documentId, revision, key: wanted.key, textHash: wanted.textHash };
      await storage.learning.requeue(lease, queued, new Date(clock.now()));
      return undefined;
    }
    const isWanted = () => storage.learning.isWanted(lease, documentId, key);
    const distilled = await distilText(engine, slice, document, rules, isWanted);
    if (!distilled) return undefined;
    const result: DistilledDocument = {
      ...{ documentId, revision, key, ruleVersion: rules.wishes, model: engine.model?.model ?? "" },
      ...distilled,
      document: insightsDocument(title, distilled.insights, clock.now()),
    };
    if (!(await storage.learning.distilled(lease, result, new Date(clock.now())))) return undefined;
    const { dropped, insights } = distilled;
    events.emit("document.distilled", {
      ...{ orgId: lease.orgId, documentId, sourceKey, insights: insights.length, dropped },
    });
    return undefined;
  } catch (error) {
    if (slice.signal.aborted) throw slice.signal.reason;
    if (isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost")) throw error;
    const { broken, everybody, nextAttemptAt, reason } = modelFailure(error, document.attempts, clock.now());
    logger.warn("A document waits to be distilled: its model gave no usable answer", { reason });
    const giveUp = broken && document.attempts + 1 >= mostBroken;
    const again = giveUp ? undefined : new Date(nextAttemptAt);
    await storage.learning.postponeDistilling(lease, [
      { documentId, stamp: key, reason, nextAttemptAt: again },
    ]);
    return everybody ? nextAttemptAt : undefined;
  }
}
