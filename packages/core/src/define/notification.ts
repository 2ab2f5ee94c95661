import type { VendorHttp } from "../ports/vendor-http.ts";
import type { Json } from "./json.ts";

export const notificationTypes = [
  "new_ticket",
  "high_priority_ticket",
  "escalation",
  "negative_sentiment",
  "feedback_alert",
  "knowledge_gap",
  "new_hubspot_engagement",
  "stripe_event",
  "contract_event",
  "health_score_drop",
  "segment_match",
  "digest",
  "sync_error",
  "approval",
] as const;

export type NotificationType = (typeof notificationTypes)[number];

/** What a record has to tell: an event of `type`, checked against that type's schema before it is stored. */
export interface NotificationDraft {
  readonly type: NotificationType;
  readonly event: { readonly [field: string]: Json | undefined };
}

/**
 * A message as core's templates make it: plain text, nothing escaped and no markup; each sink writes it in its own
 * language and escapes all of it (T29).
 */
export interface NotificationMessage {
  readonly type: NotificationType;
  readonly title: string;
  readonly body?: string | undefined;
  readonly fields: readonly { readonly label: string; readonly value: string }[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** Small print: when, from where. */
  readonly footer?: string | undefined;
  /** Of `approval`: what a person decides on. Whatever cannot be shown whole is shown without a way to decide. */
  readonly decision?: DecisionShown | undefined;
}

/** A proposal as a message shows it. */
export interface DecisionShown {
  readonly approvalId: string;
  /** Of what is shown: to be given back with the decision. */
  readonly hash: string;
  /** Every line that the decision is about, whole; hidden characters are shown by their numbers. */
  readonly lines: readonly { readonly label: string; readonly value: string }[];
  /** False: nobody can decide it any more. */
  readonly open: boolean;
}

export interface SinkRequest {
  /** Where in the sink: a channel id, a webhook's URL, an address. */
  readonly target: string;
  readonly message: NotificationMessage;
  /** The event itself, for sinks that machines read. */
  readonly event: {
    readonly type: NotificationType;
    readonly key: string;
    readonly data: Json;
    readonly at: Date;
  };
  /** Names this delivery, the same at every attempt. Letters, digits and hyphens, at most 64. */
  readonly deliveryKey: string;
  /** True when an attempt before this one may have arrived. */
  readonly repeated: boolean;
  /** What the sink called the message that this one takes the place of, where one was sent there: it may change that one. */
  readonly earlier?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Where messages go. `send` throws what errors.ts names: `rate_limited` and retryable failures are tried again, others
 * end the delivery. Where `find` is given, a message whose sending may have arrived is looked for before it is sent
 * again, and arrives at most once.
 */
export interface NotificationSink {
  /** "webhook", "mail", "console". */
  readonly id: string;
  send(request: SinkRequest): Promise<{ readonly ref?: string | undefined }>;
  find?(request: SinkRequest): Promise<{ readonly ref: string } | undefined>;
  /** No two messages to one target within so many ms. Default 0. */
  readonly targetIntervalMs?: number;
  /** Throws `input_invalid` for what can never be a target. */
  checkTarget?(target: string): void;
}

/** A sink that an integration brings; it sends through the org's connection. Its id is the integration's. */
export interface IntegrationSink extends Omit<NotificationSink, "id" | "send" | "find"> {
  send(request: SinkRequest & { readonly http: VendorHttp }): Promise<{ readonly ref?: string | undefined }>;
  find?(request: SinkRequest & { readonly http: VendorHttp }): Promise<{ readonly ref: string } | undefined>;
}
