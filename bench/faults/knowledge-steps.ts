// What parent and worker say to each other while transcripts are learned, and where a worker can be killed.
import type { KillTold } from "./kill-crew.ts";
import type { StrikeOrder } from "./striker.ts";

/** Where `kill -9` strikes; `random` besides comes from outside. */
export const knowledgeSteps = [
  "page_after_commit",
  "embed_call",
  "index_before_replace",
  "index_after_replace",
  "judge_before_store",
  "judge_after_store",
  "model_call",
  "distil_before_store",
  "distil_after_store",
] as const;

/** `index_in_between` exists only where a planted bug makes it. */
export type KnowledgeStep = (typeof knowledgeSteps)[number] | "index_in_between";

/** Bugs put in on purpose: each must be caught, or the harness is blind. */
export const knowledgeBugs = ["index_in_two", "backlog_given_up", "backlog_unseen", "distils_again"] as const;

export type KnowledgeBug = (typeof knowledgeBugs)[number];

export interface KnowledgeWorkerSetup {
  readonly orgId: string;
  readonly target: string;
  readonly encryptionKey: string;
  readonly leaseMs: number;
  readonly seed: string;
  /** Transcripts that the vendor has. */
  readonly transcripts: number;
  readonly planted: KnowledgeBug | undefined;
}

export type KnowledgeAsk =
  | { readonly ask: "arm"; readonly order: StrikeOrder<KnowledgeStep> | undefined }
  | { readonly ask: "begin"; readonly id: number }
  /** Has the vendor's next transcripts read. */
  | { readonly ask: "reveal"; readonly id: number; readonly transcripts: number };

export type KnowledgeTold =
  | KillTold<KnowledgeStep>
  | { readonly told: "ready" }
  | { readonly told: "answer"; readonly id: number; readonly value: unknown }
  | { readonly told: "embedded"; readonly ok: boolean }
  | { readonly told: "asked"; readonly ok: boolean }
  /** The store took it: once for each transcript and text. */
  | { readonly told: "distilled"; readonly documentId: string };
