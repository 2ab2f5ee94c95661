import type { Engine } from "../../engine/engine.ts";
import type { IndexedDocument, PendingDocument } from "../../ports/knowledge-store.ts";
import type { DecidedDocument } from "../../ports/learning-store.ts";
import type { Slice } from "../../work/slice.ts";
import { distillable } from "../distil/distil-key.ts";
import { documentText } from "../document-text.ts";
import { decide } from "./decide.ts";
import { ruleSet } from "./rule-set.ts";

export interface AdmittedDocument {
  readonly document: PendingDocument;
  readonly text: string;
  readonly distil: IndexedDocument["distil"];
}

const distilledPrefix = "distilled:";

/**
 * Those of the waiting documents that may be learned. The others leave the queue: a keyword keeps them out, or they wait
 * for a model's judgement. What was distilled of a document is learned as the document was.
 */
export async function admit(
  engine: Engine,
  { lease }: Slice,
  waiting: readonly PendingDocument[],
): Promise<readonly AdmittedDocument[]> {
  const { clock, events, storage } = engine;
  // Read for each batch: a rule that changes while one is indexed is followed by a walk under this lease.
  const rules = ruleSet(await storage.learning.rules(lease.orgId));
  const admitted: AdmittedDocument[] = [];
  const decisions: DecidedDocument[] = [];
  for (const document of waiting) {
    const text = await documentText(document);
    if (document.sourceKey.startsWith(distilledPrefix)) {
      admitted.push({ document, text, distil: undefined });
      continue;
    }
    const own = rules.for(document.sourceKey);
    // Where nothing filters, nothing is noted; what was decided by rules that are gone is.
    const isNew = document.stamp !== own.stamp;
    if (isNew && (own.stamp !== "" || document.decided)) {
      const decision = decide(document, text, own);
      decisions.push(decision);
      if (decision.outcome !== "learned") continue;
    }
    admitted.push({ document, text, distil: distillable(engine.model, document, text, own.wishes) });
  }
  if (decisions.length > 0) {
    await storage.learning.decide(lease, { decisions }, new Date(clock.now()));
    const skipped = decisions.filter(({ outcome }) => outcome === "skipped").length;
    if (skipped > 0) events.emit("documents.skipped", { orgId: lease.orgId, documents: skipped });
  }
  return admitted;
}
