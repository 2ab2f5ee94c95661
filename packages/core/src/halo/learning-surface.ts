import type { SearchScope } from "../ports/knowledge-store.ts";
import type {
  Insight,
  InsightKind,
  LearningCounts,
  LearningDecision,
  LearningOutcome,
  LearningReason,
  LearningRule,
  LearningRuleType,
  ModelUsage,
} from "../ports/learning-store.ts";

/** What may be asked of the language model, by org. */
export interface LearningOptions {
  /** Calls in a day (UTC). What goes beyond waits for the next one, visibly. Default 2,000. */
  readonly maxCallsPerDay?: number;
  /** Characters of instructions and sources in a day. Default 20,000,000, about 5,000,000 tokens. */
  readonly maxCharactersPerDay?: number;
  /** Calls at once, of one org and one kind of work. Default 4. */
  readonly concurrency?: number;
  /** No answer is waited for longer. Default 180,000. */
  readonly timeoutMs?: number;
}

export interface RuleInput {
  /** Of the rule to change; absent: a new one. */
  readonly id?: string;
  readonly type: LearningRuleType;
  /** The topic, the phrase, or the guidance; 1 to 500 characters. */
  readonly text: string;
  /** Start of the source keys that it is for: "zoom:", "hubspot:email:". Default: every source. */
  readonly prefix?: string;
}

/** A rule that could be, or could be no more. */
export type RuleChange = { readonly upsert: RuleInput } | { readonly delete: string };

export interface PreviewedDocument {
  readonly documentId: string;
  readonly sourceKey: string;
  readonly title: string;
  readonly reason: LearningReason | undefined;
  readonly ruleId: string | undefined;
  /** The model's own word, where it was asked. */
  readonly note: string | undefined;
}

/** What a change of rules would do to what is there. Nothing is changed by looking. */
export interface RulePreview {
  /** Documents that were looked at. */
  readonly scanned: number;
  /** False: there are more than were looked at. */
  readonly complete: boolean;
  /** Learned now, and would not be: the first of them. */
  readonly dropped: readonly PreviewedDocument[];
  /** Skipped now, and would be learned. */
  readonly learned: readonly PreviewedDocument[];
  readonly counts: {
    readonly dropped: number;
    readonly learned: number;
    /** A model would be asked about them; until then they stay as they are. */
    readonly judged: number;
    /** Would be distilled anew. */
    readonly distilled: number;
    readonly unchanged: number;
  };
}

export interface LearningRules {
  list(orgId: string): Promise<readonly LearningRule[]>;
  /**
   * Stores a rule and has what is there looked at again, as far as the change touches it, by workers. Throws
   * `input_invalid`, `not_found` for an id that is none, and `configuration_invalid` for a topic without a language model.
   */
  upsert(orgId: string, rule: RuleInput): Promise<LearningRule>;
  /** Throws `not_found`. */
  delete(orgId: string, ruleId: string): Promise<void>;
  /**
   * What a change would do, without doing it. Up to `scan` documents (1,000; at most 10,000) are looked at, up to `show`
   * (50; at most 200) are named, and about up to `judge` (0; at most 20) the model is asked, which is spent of the budget.
   */
  preview(
    orgId: string,
    change: RuleChange,
    options?: {
      readonly scan?: number;
      readonly show?: number;
      readonly judge?: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<RulePreview>;
  /** What was decided of documents that a rule was for, the newest documents first. */
  decisions(
    orgId: string,
    filter?: {
      readonly outcome?: LearningOutcome;
      readonly prefix?: string;
      /** The `documentId` of the last one that was seen. */
      readonly after?: string;
      /** Default 50, at most 200. */
      readonly limit?: number;
    },
  ): Promise<readonly LearningDecision[]>;
}

export interface Insights {
  /** Newest first. `scope` says who asks, as in a search: nothing is shown by default. */
  list(
    orgId: string,
    filter: {
      readonly scope: SearchScope;
      readonly kinds?: readonly InsightKind[];
      /** Of the source's key, with or without `distilled:`. */
      readonly prefix?: string;
      readonly since?: Date;
      readonly until?: Date;
      /** The id of the last one that was seen. */
      readonly after?: string;
      /** Default 50, at most 200. */
      readonly limit?: number;
    },
  ): Promise<readonly Insight[]>;
  /**
   * Has workers look for what was never distilled, or by another model or other instructions, or was cancelled by hand's
   * deletion, under a prefix ("zoom:") or everywhere.
   */
  distil(orgId: string, prefix?: string): Promise<void>;
  /** What waits to be distilled waits no longer, until its text or its rules change; what is being distilled is not kept. */
  cancel(orgId: string, prefix?: string): Promise<number>;
}

/** How an org's learning stands. */
export interface LearningStatus extends LearningCounts {
  readonly model: { readonly name: string; readonly quality: "generative" | "extractive" } | undefined;
  /** Of today (UTC). */
  readonly budget: {
    readonly spent: ModelUsage;
    readonly limit: ModelUsage;
    /** Something waits that would have gone beyond it. */
    readonly exhausted: boolean;
    readonly resetsAt: Date;
  };
}

export interface LearningEvents {
  /** Rules kept them out, or took them out. */
  "documents.skipped": { orgId: string; documents: number };
  "document.judged": {
    orgId: string;
    documentId: string;
    outcome: LearningOutcome;
    reason: LearningReason | undefined;
    ruleId: string | undefined;
  };
  "document.distilled": {
    orgId: string;
    documentId: string;
    sourceKey: string;
    insights: number;
    dropped: number;
  };
  "model.budget_exhausted": { orgId: string; day: string };
}
