import type { DecidedDocument, Insight, LearningRule, ModelUsage } from "../ports/learning-store.ts";

/** What an org has said that it wants to learn, and what came of it. */
export interface LearningRoom {
  readonly rules: Map<string, LearningRule>;
  /** By prefix. */
  readonly walks: Map<string, { readonly token: string; readonly after: string | undefined }>;
  /** By document. */
  readonly decisions: Map<string, KeptDecision>;
  /** By source document. */
  readonly distillations: Map<string, Distillation>;
  /** By day. */
  readonly usage: Map<string, ModelUsage>;
}

export interface KeptDecision extends DecidedDocument {
  readonly at: Date;
  readonly attempts: number;
  readonly failure: string | undefined;
  readonly nextAttemptAt: Date | undefined;
}

export interface Distillation {
  readonly key: string;
  readonly textHash: string;
  readonly status: "waiting" | "done" | "cancelled" | "failed";
  readonly attempts: number;
  readonly failure: string | undefined;
  readonly nextAttemptAt: Date | undefined;
  /** Of what was distilled last, which may have been under another key. */
  readonly insights: readonly Pick<Insight, "id" | "kind" | "summary" | "quote" | "start" | "end">[];
  readonly dropped: number;
  readonly calls: number;
  readonly model: string;
  readonly ruleVersion: string;
  readonly distilledAt: Date | undefined;
  /** The document under `distilled:`. */
  readonly documentId: string | undefined;
}

export const emptyLearning = (): LearningRoom => ({
  rules: new Map(),
  walks: new Map(),
  decisions: new Map(),
  distillations: new Map(),
  usage: new Map(),
});
