import type { Engine } from "../../engine/engine.ts";
import type { PreviewedDocument, RulePreview } from "../../halo/learning-surface.ts";
import type { DecidedDocument, LearningDocument, LearningRule } from "../../ports/learning-store.ts";
import { decide } from "./decide.ts";
import { contentOf } from "./document-content.ts";
import { verdictsOn } from "./judge-documents.ts";
import { type RulesFor, ruleKey, ruleSet } from "./rule-set.ts";
import { reconsider } from "./walk-documents.ts";

const pageSize = 64;

export interface PreviewRequest {
  /** The rules as they would be. */
  readonly after: readonly LearningRule[];
  /** Of the source keys that the change touches. */
  readonly prefixes: readonly string[];
  readonly scan: number;
  readonly show: number;
  readonly judge: number;
  readonly signal: AbortSignal | undefined;
}

/** Decides about documents as workers would, and stores nothing. */
export async function previewRules(
  engine: Engine,
  orgId: string,
  { after, judge, prefixes, scan, show, signal }: PreviewRequest,
): Promise<RulePreview> {
  const rules = ruleSet(after);
  const dropped: PreviewedDocument[] = [];
  const learned: PreviewedDocument[] = [];
  const counts = { dropped: 0, learned: 0, judged: 0, distilled: 0, unchanged: 0 };
  let scanned = 0;
  let asked = 0;
  for (const prefix of prefixes) {
    let place: string | undefined;
    do {
      const limit = Math.min(pageSize, scan - scanned);
      if (limit === 0) return { scanned, complete: false, dropped, learned, counts };
      signal?.throwIfAborted();
      const page = await engine.storage.learning.documents(orgId, { prefix, after: place, limit });
      for (const document of page.documents) {
        scanned++;
        let { decision, distillation } = await reconsider(engine, document, rules);
        if (decision?.outcome === "waiting" && asked < judge) {
          asked++;
          decision = await judgedNow(engine, orgId, document, rules.for(document.sourceKey), signal);
          if (decision.outcome === "skipped") distillation = undefined;
        }
        if (distillation) counts.distilled++;
        const what = changeOf(document, decision);
        counts[what]++;
        if (what === "dropped" && decision && dropped.length < show) dropped.push(shown(document, decision));
        if (what === "learned" && decision && learned.length < show) learned.push(shown(document, decision));
      }
      place = page.next;
    } while (place !== undefined);
  }
  return { scanned, complete: true, dropped, learned, counts };
}

function changeOf(
  { status }: LearningDocument,
  decision: DecidedDocument | undefined,
): "dropped" | "learned" | "judged" | "unchanged" {
  if (!decision) return "unchanged";
  if (decision.outcome === "waiting") return "judged";
  const isLearned = status === "indexed";
  if (decision.outcome === "skipped") return isLearned ? "dropped" : "unchanged";
  return isLearned ? "unchanged" : "learned";
}

async function judgedNow(
  engine: Engine,
  orgId: string,
  document: LearningDocument,
  rules: RulesFor,
  signal: AbortSignal = new AbortController().signal,
): Promise<DecidedDocument> {
  const text = await contentOf(document);
  const open = rules.topics.filter((rule) => document.verdicts[ruleKey(rule)] === undefined);
  const { note, verdicts } = await verdictsOn(engine, orgId, text, open, signal);
  const all = { ...document.verdicts, ...verdicts };
  return { ...decide({ ...document, verdicts: all }, text, rules), note };
}

const shown = (
  { id, sourceKey, title }: LearningDocument,
  { note, reason, ruleId }: DecidedDocument,
): PreviewedDocument => ({ documentId: id, sourceKey, title, reason, ruleId, note });
