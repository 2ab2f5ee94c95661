import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";

/** Who is told of what, where. Several may be of one type. */
export interface Subscription {
  readonly orgId: string;
  readonly id: string;
  readonly type: NotificationType;
  /** "slack", or the id of a sink that createHalo was given. */
  readonly sink: string;
  /** Of an integration's sink. Absent: the org's newest connected one. */
  readonly connectionId: string | undefined;
  /** A channel id, an address, a URL: what the sink understands. */
  readonly target: string;
  readonly enabled: boolean;
  /** A predicate on the event, as notify/ defines it. Absent: every event. */
  readonly filter: Json | undefined;
  /** After one was sent, further ones of the same subject wait to be counted in the next. 0: each is sent. */
  readonly coolDownMs: number;
  /** Of `digest` only. */
  readonly schedule:
    | {
        readonly frequency: "daily" | "weekly";
        /** "HH:MM" */
        readonly at: string;
        /** IANA */
        readonly timeZone: string;
        /** 0 is Sunday; for weekly ones. */
        readonly weekday?: number | undefined;
      }
    | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Something happened that people may want to hear of; the same (type, key) is one notification, for ever. */
export interface NewNotification {
  readonly type: NotificationType;
  readonly key: string;
  readonly connectionId: string | undefined;
  readonly event: Json;
}

export interface OutboxNotification extends NewNotification {
  readonly orgId: string;
  readonly createdAt: Date;
}

/** One notification for one subscription: what is sent, and how that went. */
export interface NotificationDelivery {
  readonly orgId: string;
  readonly id: string;
  readonly type: NotificationType;
  readonly key: string;
  readonly subscriptionId: string;
  readonly sink: string;
  readonly connectionId: string | undefined;
  readonly target: string;
  readonly event: Json;
  readonly createdAt: Date;
  /** `sending`: an attempt was begun and may have arrived. `suppressed`: a cool-down or a closed gate kept it back. */
  readonly status: "pending" | "sending" | "sent" | "suppressed" | "dead";
  readonly attempts: number;
  readonly nextAttemptAt: Date | undefined;
  /** What the sink calls it. */
  readonly ref: string | undefined;
  /** A code, for those that were not sent. */
  readonly reason: string | undefined;
  readonly settledAt: Date | undefined;
}
