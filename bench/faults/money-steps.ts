// What parent and worker say to each other while agents propose and people decide, and where a worker can be killed.
import type { StrikeOrder } from "./striker.ts";

/** Where `kill -9` strikes; `random` comes from outside, in the others the worker strikes itself. */
export const moneySteps = [
  /** The vendor was read; nothing of the proposal is stored. */
  "propose_before_store",
  /** The proposal is stored; the agent has not heard of it. */
  "propose_after_store",
  "decide_before_store",
  /** The decision is stored; the person has not heard that it is. */
  "decide_after_store",
  /** Everything was asked again; that it begins is not stored. */
  "execute_before_begin",
  /** It is stored as begun; the vendor has heard nothing. */
  "execute_after_begin",
  /** The money is about to be asked for. */
  "execute_before_send",
  /** The vendor moved it, and its answer was not read. */
  "execute_before_answer",
  /** The end is known, and not stored. */
  "record_before_end",
  "record_after_end",
  "random",
] as const;

export type MoneyStep = (typeof moneySteps)[number];

/** Bugs put in on purpose: each must be caught, or the harness is blind. */
export const moneyBugs = ["no_key", "key_per_attempt", "decide_without_cas", "record_first"] as const;

export type MoneyBug = (typeof moneyBugs)[number];

/** Money that an agent wants moved, each of a customer of its own. Its key stands in the arguments. */
export interface MoneyWish {
  readonly key: string;
  readonly action: "refund" | "credit";
  readonly customer: string;
  readonly payment: string;
}

export interface MoneyDecision {
  readonly kind: "approve" | "reject";
  readonly by: string;
  readonly approvalId: string;
  readonly hash: string;
}

/** What the host hears of a proposal. */
export type ProposalHeard =
  | { readonly approvalId: string; readonly hash: string }
  | { readonly status: string }
  | { readonly code: string };

/** What a person hears: that it counts, or how it stands already. */
export type DecisionHeard =
  | { readonly state: string }
  | { readonly code: string; readonly current: string | undefined };

export type MoneyAsk =
  | { readonly ask: "arm"; readonly order: StrikeOrder<MoneyStep> | undefined }
  | { readonly ask: "connect"; readonly id: number; readonly key: string }
  | { readonly ask: "propose"; readonly id: number; readonly wish: MoneyWish }
  | { readonly ask: "decide"; readonly id: number; readonly decision: MoneyDecision }
  | { readonly ask: "open"; readonly id: number }
  | { readonly ask: "audit"; readonly id: number };

export type MoneyTold =
  | { readonly told: "ready" }
  /** `subject`: the key or the id of what was interrupted. */
  | { readonly told: "striking"; readonly step: MoneyStep; readonly subject: string | undefined }
  /** A proposal came to its end; it goes by these names. */
  | { readonly told: "through"; readonly names: readonly string[] }
  | { readonly told: "answer"; readonly id: number; readonly value: unknown };

export interface MoneyWorkerSetup {
  /** A server's URL or a folder. */
  readonly target: string;
  readonly orgId: string;
  readonly api: string;
  readonly encryptionKey: string;
  readonly leaseMs: number;
  readonly planted: MoneyBug | undefined;
}

export const amountMinor = 700;
