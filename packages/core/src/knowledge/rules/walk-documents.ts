import type { Engine } from "../../engine/engine.ts";
import type { DecidedDocument, LearningDocument, QueuedDistillation } from "../../ports/learning-store.ts";
import type { Slice } from "../../work/slice.ts";
import { distillable } from "../distil/distil-key.ts";
import { decide } from "./decide.ts";
import { contentOf } from "./document-content.ts";
import { type RuleSet, ruleSet } from "./rule-set.ts";

const pageSize = 64;

/**
 * After rules changed: decides about the next documents of the walk anew, and only about those whom the change touches.
 * Done under the lease that indexes, so that nothing is indexed by older rules behind its back. False: no walk is left.
 */
export async function walkDocuments(engine: Engine, slice: Slice): Promise<boolean> {
  const { clock, events, storage } = engine;
  const { lease } = slice;
  const walk = await storage.learning.walk(lease, pageSize);
  if (!walk) return false;
  const rules = ruleSet(await storage.learning.rules(lease.orgId));
  const decisions: DecidedDocument[] = [];
  const queue: QueuedDistillation[] = [];
  for (const document of walk.documents) {
    const { decision, distillation } = await reconsider(engine, document, rules);
    if (decision) decisions.push(decision);
    if (distillation) queue.push(distillation);
  }
  const { next, prefix, token } = walk;
  await storage.learning.decide(
    lease,
    { decisions, queue, walk: { prefix, token, next } },
    new Date(clock.now()),
  );
  const skipped = decisions.filter(({ outcome }) => outcome === "skipped").length;
  if (skipped > 0) events.emit("documents.skipped", { orgId: lease.orgId, documents: skipped });
  return true;
}

/** What a document comes to by these rules, where that differs from what it is. */
export async function reconsider(
  engine: Pick<Engine, "model">,
  document: LearningDocument,
  rules: RuleSet,
): Promise<{
  readonly decision: DecidedDocument | undefined;
  readonly distillation: QueuedDistillation | undefined;
}> {
  const own = rules.for(document.sourceKey);
  const text = await contentOf(document);
  const decision = (document.stamp ?? "") === own.stamp ? undefined : decide(document, text, own);
  const stays = document.status === "indexed" && decision?.outcome !== "skipped";
  const wanted = stays ? distillable(engine.model, document, text, own.wishes) : undefined;
  const distillation =
    wanted?.key === undefined || wanted.key === document.distilKey
      ? undefined
      : {
          documentId: document.id,
          revision: document.revision,
          key: wanted.key,
          textHash: wanted.textHash,
        };
  return { decision, distillation };
}
