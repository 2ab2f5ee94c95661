import type { DocumentSource } from "../define/document.ts";
import type { SearchFilter } from "./knowledge-store.ts";
import type { Lease } from "./lease-store.ts";

/**
 * `topic`: a model judges whether a document is about it; of several any match learns. `keyword`: the phrase anywhere in
 * a document skips it. `instruction`: no filter, but guidance for distilling.
 */
export type LearningRuleType = "topic" | "keyword" | "instruction";

export interface LearningRule {
  readonly orgId: string;
  readonly id: string;
  readonly type: LearningRuleType;
  readonly text: string;
  /** Start of the source keys that it is for: "zoom:", "hubspot:email:". Empty: every source. */
  readonly prefix: string;
  /** Grows by one with every change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Why a document is learned, or is not: `keyword` (it says the phrase), `topic` (a topic matched), `no_topic` (none did),
 * `passed` (no keyword stands in it, and no topic was asked for).
 */
export type LearningReason = "keyword" | "topic" | "no_topic" | "passed";

export type LearningOutcome = "learned" | "skipped" | "waiting";

/** What was decided of one document, and by which rule. */
export interface LearningDecision {
  readonly documentId: string;
  readonly sourceKey: string;
  readonly title: string;
  readonly outcome: LearningOutcome;
  /** Undefined while it waits. */
  readonly reason: LearningReason | undefined;
  /** The rule that decided, where one did, as it was then. */
  readonly ruleId: string | undefined;
  readonly ruleVersion: number | undefined;
  /** The model's own word for a topic, cut short. Others' text may stand in it. */
  readonly note: string | undefined;
  readonly model: string | undefined;
  /** Of a waiting one: why it could not be judged yet. */
  readonly failure: string | undefined;
  readonly at: Date;
}

/** What a document is decided by, as the store keeps it beside the document. */
export interface DecidedDocument {
  readonly documentId: string;
  /** One that moved on meanwhile is left alone: it is decided anew. */
  readonly revision: number;
  readonly outcome: LearningOutcome;
  readonly reason: LearningReason | undefined;
  readonly ruleId: string | undefined;
  readonly ruleVersion: number | undefined;
  readonly note: string | undefined;
  readonly model: string | undefined;
  /** By `{rule}@{version}`: what a model said of this revision, so that it is never asked twice. */
  readonly verdicts: Verdicts;
  /** Of the rules that it was decided by. */
  readonly stamp: string;
}

export type Verdicts = { readonly [rule: string]: boolean };

/** A document with what is needed to decide about it. */
export interface LearningDocument {
  readonly id: string;
  readonly revision: number;
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  /** As it came, or, where that is not kept any more, as it was indexed: then in the format "text" or "transcript". */
  readonly body: string;
  readonly format: DocumentSource["format"];
  /** Its record asks for it to be distilled. */
  readonly distil: boolean;
  readonly status: DocumentStatus;
  /** Of this revision; empty for none. */
  readonly verdicts: Verdicts;
  readonly stamp: string | undefined;
  readonly outcome: LearningOutcome | undefined;
  /** The key that it was last queued or distilled with. */
  readonly distilKey: string | undefined;
}

/** `judging`: it waits for a model's judgement before it is indexed. `skipped`: a rule keeps it out. */
export type DocumentStatus = "pending" | "indexed" | "failed" | "judging" | "skipped";

/** Documents whose rules changed, in the order of their source keys. */
export interface Walk {
  readonly prefix: string;
  /** Changes when the walk is begun again, so that progress of the old one does not count. */
  readonly token: string;
  readonly documents: readonly LearningDocument[];
  /** Where it goes on behind these; undefined: they are the last. */
  readonly next: string | undefined;
}

export interface JudgedDocument extends LearningDocument {
  readonly attempts: number;
}

export interface LearningFailure {
  readonly documentId: string;
  /** The stamp or key that it was tried with. */
  readonly stamp: string;
  /** A code, never text. */
  readonly reason: string;
  /** Undefined: given up on, until its text or its rules change. */
  readonly nextAttemptAt: Date | undefined;
}

export const insightKinds = [
  "pain_point",
  "feature_request",
  "action_item",
  "pricing",
  "product_feedback",
  "preference",
  "commitment",
  "renewal_signal",
  "account_fact",
  "team_knowledge",
] as const;

export type InsightKind = (typeof insightKinds)[number];

/** One thing that a source says, with the passage that shows it. */
export interface Insight {
  readonly id: string;
  readonly kind: InsightKind;
  /** The model's words. */
  readonly summary: string;
  /** The source's words, as they stand between `start` and `end`. */
  readonly quote: string;
  /** Offsets into the source document's cleaned text. */
  readonly start: number;
  readonly end: number;
  readonly sourceKey: string;
  readonly sourceTitle: string;
  readonly occurredAt: Date | undefined;
  readonly url: string | undefined;
  readonly model: string;
  /** Of the instruction rules that shaped it; empty for none. */
  readonly ruleVersion: string;
  readonly distilledAt: Date;
  readonly endUsers: readonly string[];
  readonly companies: readonly string[];
}

/** A document whose text is ready and waits to be distilled. */
export interface DistillableDocument {
  readonly documentId: string;
  readonly revision: number;
  /** Of text, model and instructions: what was distilled under it is not distilled again. */
  readonly key: string;
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  readonly format: DocumentSource["format"];
  /** Cleaned, as it is indexed. */
  readonly text: string;
  readonly attempts: number;
}

export interface DistilledDocument {
  readonly documentId: string;
  readonly revision: number;
  readonly key: string;
  readonly model: string;
  readonly ruleVersion: string;
  readonly insights: readonly Pick<Insight, "id" | "kind" | "summary" | "quote" | "start" | "end">[];
  /** Insights whose quote does not stand in the source. */
  readonly dropped: number;
  readonly calls: number;
  /** What is indexed under `distilled:`; undefined for no insights. */
  readonly document:
    | { readonly id: string; readonly title: string; readonly body: string; readonly hash: string }
    | undefined;
}

export interface LearningCounts {
  /** Documents that a rule let in, or nobody asked about. */
  readonly learned: number;
  readonly skipped: { readonly keyword: number; readonly no_topic: number };
  /** For a model's judgement. */
  readonly judging: number;
  readonly distilled: number;
  /** To be distilled. */
  readonly distilling: number;
  readonly cancelled: number;
  /** Given up on: see their reasons. */
  readonly undistillable: number;
  readonly insights: number;
  /** Quotes that did not stand in their source, and went. */
  readonly droppedQuotes: number;
  /** Why something waits, and how many do. */
  readonly failures: { readonly [reason: string]: number };
}

/** What an org has asked of a model on one day (UTC, "2026-11-21"). */
export interface ModelUsage {
  readonly calls: number;
  readonly characters: number;
}

/** What an org learns from, what it does not, and what is distilled of it. */
export interface LearningStore {
  /** All rules of the org, the oldest first. */
  rules(orgId: string): Promise<readonly LearningRule[]>;
  /**
   * Stores a rule; one with that id is changed, and its version grows. Whoever it is or was for is looked at again: a
   * walk over its prefix begins, and the org's `index` work is woken, all at once. The same rule again does nothing.
   */
  putRule(
    rule: Pick<LearningRule, "orgId" | "id" | "type" | "text" | "prefix">,
    at: Date,
  ): Promise<LearningRule>;
  /** False: there was none. */
  deleteRule(orgId: string, id: string, at: Date): Promise<boolean>;
  /** Begins a walk over a prefix (empty: everything), also for who was never decided about; wakes `index`. */
  beginWalk(orgId: string, prefix: string): Promise<void>;
  /** The next documents of a walk; undefined when there is none. What was distilled, or waits to be indexed, is left out. */
  walk(lease: Lease, limit: number): Promise<Walk | undefined>;
  /** As a walk, of any prefix, for looking only; `after` is the `next` of the page before. */
  documents(
    orgId: string,
    page: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
  ): Promise<Pick<Walk, "documents" | "next">>;
  /**
   * Stores decisions and what follows from them in one transaction, under the lease of `index`. Learned: a document that
   * was skipped or waited for a judgement waits to be indexed. Skipped: its chunks, vectors and insights go, with a
   * receipt; its text stays, unseen, so that it can be learned later. Waiting: one that is indexed stays so until it is
   * judged; any other is not learned before; `judge` is woken. Documents of `queue` are distilled again under that key.
   * With `walk` its place moves to `next`, or it ends; unless it was begun anew meanwhile.
   */
  decide(
    lease: Lease,
    change: {
      readonly decisions: readonly DecidedDocument[];
      readonly queue?: readonly QueuedDistillation[];
      readonly walk?: Pick<Walk, "prefix" | "token" | "next">;
    },
    at: Date,
  ): Promise<void>;
  /** Documents that wait for a judgement, those longest due first. */
  toJudge(lease: Lease, limit: number, now: Date): Promise<readonly JudgedDocument[]>;
  /**
   * A judgement, under the lease of `judge`: as `decide`, if the document still waits for it by these rules (`waitedBy`,
   * its stamp) and in this revision. False: it does not any more.
   */
  judged(lease: Lease, decision: DecidedDocument, waitedBy: string, at: Date): Promise<boolean>;
  /** They could not be judged: they wait on, visibly, and are due then. */
  postponeJudging(lease: Lease, failures: readonly LearningFailure[]): Promise<void>;
  /** When the next is due to be judged, or to be distilled. */
  nextDue(lease: Lease): Promise<Date | undefined>;
  toDistil(lease: Lease, limit: number, now: Date): Promise<readonly DistillableDocument[]>;
  /** It is to be distilled under another key than the one that it waits with: by rules and a model of now. */
  requeue(lease: Lease, queued: QueuedDistillation, at: Date): Promise<void>;
  /** Still wanted: neither cancelled, nor changed, nor gone. */
  isWanted(lease: Lease, documentId: string, key: string): Promise<boolean>;
  /**
   * Replaces what was distilled of a document, all in one transaction, under the lease of `distil`: its insights, and the
   * document under `distilled:` with the source's audience, customers and time; wakes `index`. False, and nothing is
   * stored: the document is gone, or its key is another by now, or it was cancelled.
   */
  distilled(lease: Lease, result: DistilledDocument, at: Date): Promise<boolean>;
  postponeDistilling(lease: Lease, failures: readonly LearningFailure[]): Promise<void>;
  /** What waits to be distilled and begins with `prefix` waits no longer, until its text or its rules change. */
  cancelDistilling(orgId: string, prefix: string): Promise<number>;
  /** Newest first. Filtered as a search is: nothing outside the scope. */
  insights(
    orgId: string,
    filter: SearchFilter & {
      readonly kinds?: readonly InsightKind[] | undefined;
      /** Id of an insight: those behind it. */
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Insight[]>;
  decisions(
    orgId: string,
    filter: {
      readonly outcome?: LearningOutcome | undefined;
      readonly prefix?: string | undefined;
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly LearningDecision[]>;
  counts(orgId: string): Promise<LearningCounts>;
  /** Takes calls and characters from the day's budget if all of both is left: all or nothing, whoever else asks. */
  spend(orgId: string, day: string, wanted: ModelUsage, budget: ModelUsage): Promise<boolean>;
  usage(orgId: string, day: string): Promise<ModelUsage>;
}

export interface QueuedDistillation {
  readonly documentId: string;
  readonly revision: number;
  readonly key: string;
  /** Of the text alone: what was distilled of another text goes at once. */
  readonly textHash: string;
}
