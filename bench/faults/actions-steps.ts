// What parent and worker say to each other while agents act and people are told, and where a worker can be killed.
import type { StrikeOrder } from "./striker.ts";

/** Where `kill -9` strikes; `random` comes from outside, in the others the worker strikes itself. */
export const actionSteps = [
  /** Nothing of the call is stored. */
  "act_before_begin",
  /** It is stored as begun; the vendor has heard nothing. */
  "act_after_begin",
  /** The write is about to leave. */
  "act_before_send",
  /** The vendor performed it, and its answer was not read. */
  "act_before_answer",
  /** The action knows its end, which is not stored. */
  "act_before_end",
  /** The end is stored; the caller has not heard it. */
  "act_after_end",
  "notify_before_outbox",
  /** Stored in the outbox; the caller has not heard it. */
  "notify_after_outbox",
  "notify_after_route",
  /** `sending` is stored; the sink has heard nothing. */
  "notify_before_send",
  /** The sink took it; that it did is not stored. */
  "notify_before_settle",
  "notify_after_settle",
  "random",
] as const;

export type ActionStep = (typeof actionSteps)[number];

/** Bugs put in on purpose: each must be caught, or the harness is blind. */
export const actionBugs = [
  "blind_retry",
  "no_begin_key",
  "settle_first",
  "no_sending_mark",
  "no_notification_key",
  "no_fence",
] as const;

export type ActionBug = (typeof actionBugs)[number];

export type ActionName = "create_deal" | "create_note" | "log_activity" | "update_contact" | "post_message";

/** Something that a host wants: an action of an agent, or that people are told. Its key is in every text it leaves. */
export type Wish =
  | {
      readonly of: "act";
      readonly key: string;
      readonly action: ActionName;
      readonly email: string;
      readonly channel: string;
    }
  | { readonly of: "notify"; readonly key: string; readonly kind: string };

/** What the host hears: a status or a code. */
export type Heard = { readonly status: string } | { readonly code: string };

export type ActionOrder = StrikeOrder<ActionStep>;

export type ActionAsk =
  | { readonly ask: "arm"; readonly order: ActionOrder | undefined }
  | { readonly ask: "connect"; readonly id: number; readonly key: string }
  | { readonly ask: "wish"; readonly id: number; readonly wish: Wish }
  | { readonly ask: "open"; readonly id: number };

/** One line each on the worker's fourth file, written at once: a kill that follows cannot lose it. */
export type ActionTold =
  | { readonly told: "ready" }
  /** `subject`: the key or the id of what was interrupted. */
  | { readonly told: "striking"; readonly step: ActionStep; readonly subject: string | undefined }
  /** A call or a message came to its end; it goes by these names. */
  | { readonly told: "through"; readonly names: readonly string[] }
  | { readonly told: "frozen"; readonly subject: string }
  | { readonly told: "late"; readonly outcome: "fenced" | "taken" }
  | { readonly told: "answer"; readonly id: number; readonly value: unknown };

/** Sinks of the host's: one can be searched, one cannot. The third is Slack, which can. */
export const sinkNames = ["searchable", "plain"] as const;
export type SinkName = (typeof sinkNames)[number];

/** What a worker knows of the workspace; undefined: the round has none. */
export interface SlackSetup {
  readonly url: string;
  readonly token: string;
  readonly teamChannels: readonly string[];
}

/** What a worker is started with. */
export interface ActionWorkerSetup {
  /** A server's URL or a folder. */
  readonly target: string;
  readonly orgId: string;
  readonly api: string;
  readonly clientSecret: string;
  readonly sinks: string;
  readonly slack: SlackSetup | undefined;
  readonly encryptionKey: string;
  /** Where webhooks come in; a worker without it only works. */
  readonly publicUrl: string;
  readonly listens: boolean;
  readonly leaseMs: number;
  readonly planted: ActionBug | undefined;
}
