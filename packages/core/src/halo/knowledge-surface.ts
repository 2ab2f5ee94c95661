import type { TimeSpan } from "../knowledge/transcript/time-span.ts";
import type { DeletionReceipt, IndexCounts, SearchScope } from "../ports/knowledge-store.ts";
import type { Insights, LearningRules, LearningStatus } from "./learning-surface.ts";

export interface Citation {
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  readonly occurredAt: Date | undefined;
  readonly author: string | undefined;
  readonly url: string | undefined;
}

export interface SearchHit {
  readonly text: string;
  readonly score: number;
  readonly documentId: string;
  readonly chunkId: string;
  /** Offsets into the document's cleaned text. */
  readonly start: number;
  readonly end: number;
  /** Of what was said in a meeting: when the passage's turns began, the first and the last, from the recording's start. */
  readonly span?: TimeSpan | undefined;
  readonly citation: Citation;
  readonly endUsers: readonly {
    readonly id: string;
    readonly name: string | undefined;
    readonly email: string | undefined;
  }[];
  readonly companies: readonly {
    readonly id: string;
    readonly name: string | undefined;
    readonly domain: string | undefined;
  }[];
  /** The hit with what stands around it in its document; only with `around`. */
  readonly surroundings?: { readonly text: string; readonly start: number; readonly end: number };
  /** Where each leg had it, from 1; undefined: not among its candidates. */
  readonly ranks: { readonly lexical: number | undefined; readonly vector: number | undefined };
}

export interface SearchRequest {
  readonly orgId: string;
  readonly query: string;
  /** Who asks. Required: nothing is found by default. */
  readonly scope: SearchScope;
  readonly prefix?: string;
  readonly since?: Date;
  readonly until?: Date;
  /** Default 8, at most 50. */
  readonly limit?: number;
  /** How many passages before and behind each hit come as its `surroundings`. Default 0, at most 5. */
  readonly around?: number;
  /** The agent that asks. A question of an agent's that finds nothing counts as unanswered. */
  readonly agentId?: string;
}

export interface Knowledge {
  search(request: SearchRequest): Promise<readonly SearchHit[]>;
  /**
   * Says that a question found nothing useful, where `search` could not know: it had hits, and none of them answered.
   * Asked often enough, in whatever words, it is told as a `knowledge_gap`. Throws `input_invalid` for one without words.
   */
  unanswered(question: {
    readonly orgId: string;
    readonly query: string;
    readonly agentId?: string;
  }): Promise<void>;
  /** What the org wants to learn, and what not. */
  readonly rules: LearningRules;
  /** What was distilled, with the passages that show it. */
  readonly insights: Insights;
  /** How learning stands: learned, skipped, waiting, distilled, and today's budget. */
  learning(orgId: string): Promise<LearningStatus>;
  counts(orgId: string): Promise<IndexCounts>;
  remove(
    orgId: string,
    by: { readonly prefix: string } | { readonly sourceKeys: readonly string[] },
    reason: string,
  ): Promise<DeletionReceipt>;
  receipts(orgId: string): Promise<readonly DeletionReceipt[]>;
  /** Resolves when nothing of the org waits to be indexed. */
  settled(orgId: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
