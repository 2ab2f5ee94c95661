import type { WorkKind } from "@halo/core";

// What parent and worker say to each other, and where a worker can be killed.

/** Where `kill -9` strikes. `random` and `term_then_kill` come from outside; in the others the worker strikes itself. */
export const steps = [
  "fetch",
  "mid_write",
  "after_commit",
  "before_done",
  "webhook_before_commit",
  "webhook_after_commit",
  "inbox_processing",
  "index_before_replace",
  "index_mid_replace",
  "random",
  "term_then_kill",
] as const;

export type Step = (typeof steps)[number];

/** Steps that need a run at work, events coming in, documents waiting. */
export const runSteps: readonly Step[] = ["fetch", "mid_write", "after_commit", "before_done"];
export const webhookSteps: readonly Step[] = [
  "webhook_before_commit",
  "webhook_after_commit",
  "inbox_processing",
];
export const indexSteps: readonly Step[] = ["index_before_replace", "index_mid_replace"];
export const outerSteps: readonly Step[] = ["random", "term_then_kill"];

/** Bugs put in on purpose: each must be caught, or the harness is blind. */
export const plantedBugs = ["cursor_first", "cursor_after", "no_fence", "no_event_key"] as const;

export type PlantedBug = (typeof plantedBugs)[number];

/** What durable work is of; `webhook` is the acceptance of events. */
export type Work = WorkKind | "webhook";

export interface Order {
  readonly step: Step | "frozen";
  /** Occurrences to let pass first. */
  readonly skip: number;
  /** How far into the step, as a share of what it usually takes: 0 to 1. */
  readonly share: number;
}

export type Ask =
  | { readonly ask: "arm"; readonly order: Order | undefined }
  | { readonly ask: "connect"; readonly id: number; readonly key: string }
  | { readonly ask: "start"; readonly id: number; readonly mode: "full_resync" | "email_catch_up" }
  | { readonly ask: "status"; readonly id: number };

export interface Status {
  readonly activeRuns: number;
  readonly pendingDocuments: number;
  readonly pendingDeliveries: number;
}

/** One line each on the worker's fourth file, written at once: a kill that follows cannot lose it. */
export type Told =
  | { readonly told: "ready" }
  | { readonly told: "striking"; readonly step: Step }
  | { readonly told: "claimed"; readonly work: Work; readonly subject: string; readonly fence: number }
  | { readonly told: "progress"; readonly work: Work }
  | { readonly told: "frozen"; readonly work: Work; readonly subject: string; readonly fence: number }
  | { readonly told: "late"; readonly outcome: "fenced" | "accepted"; readonly code: string }
  | { readonly told: "answer"; readonly id: number; readonly value: unknown };

/** What a worker is started with. */
export interface WorkerSetup {
  /** A server's URL or a folder. */
  readonly target: string;
  readonly orgId: string;
  readonly api: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly encryptionKey: string;
  /** Where webhooks come in; a worker without it only works. */
  readonly publicUrl: string;
  readonly listens: boolean;
  readonly leaseMs: number;
  readonly planted: PlantedBug | undefined;
}
