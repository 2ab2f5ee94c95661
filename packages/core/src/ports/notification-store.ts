import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";
import type { Lease } from "./lease-store.ts";

export interface DigestSchedule {
  readonly frequency: "daily" | "weekly";
  /** "HH:MM" */
  readonly at: string;
  /** IANA */
  readonly timeZone: string;
  /** 0 is Sunday; for weekly ones. */
  readonly weekday?: number | undefined;
}

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
  readonly schedule: DigestSchedule | undefined;
  /** The slot of the last digest that was made for it. */
  readonly digestedAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A field that is present is set, undefined included; one that is absent stays. */
export type SubscriptionChange = {
  -readonly [field in
    | "sink"
    | "connectionId"
    | "target"
    | "enabled"
    | "filter"
    | "coolDownMs"
    | "schedule"]?: Subscription[field];
} & { readonly updatedAt: Date };

/** Something happened that people may want to hear of; the same (type, key) is one notification, for ever. */
export interface NewNotification {
  readonly type: NotificationType;
  readonly key: string;
  readonly connectionId: string | undefined;
  readonly event: Json;
  /** For this subscription alone. Absent: for all of its type. */
  readonly subscriptionId?: string | undefined;
}

export interface OutboxNotification extends NewNotification {
  readonly orgId: string;
  readonly createdAt: Date;
}

/** `sending`: an attempt was begun and may have arrived. `suppressed`: a cool-down or a closed gate kept it back. */
export type NotificationStatus = "pending" | "sending" | "sent" | "suppressed" | "dead";

/** One notification for one subscription: what is sent, and how that went. */
export interface NotificationDelivery {
  readonly orgId: string;
  readonly id: string;
  readonly type: NotificationType;
  readonly key: string;
  readonly subscriptionId: string;
  readonly sink: string;
  /** Of the sink, where the subscription names one. */
  readonly connectionId: string | undefined;
  /** Where the event came from. */
  readonly sourceConnectionId: string | undefined;
  readonly target: string;
  /** What it is about, for the cool-down. */
  readonly subject: string;
  readonly event: Json;
  /** How many of the same subject a cool-down kept back before this one: "and 4 more". */
  readonly held: number;
  readonly createdAt: Date;
  readonly status: NotificationStatus;
  readonly attempts: number;
  /** When the last attempt was begun. */
  readonly attemptedAt: Date | undefined;
  readonly nextAttemptAt: Date | undefined;
  /** What the sink calls it. */
  readonly ref: string | undefined;
  /** A code, for those that were not sent. */
  readonly reason: string | undefined;
  readonly settledAt: Date | undefined;
}

export type NewNotificationDelivery = Pick<
  NotificationDelivery,
  "id" | "subscriptionId" | "sink" | "connectionId" | "target" | "subject" | "held"
> &
  (
    | { readonly status: "pending"; readonly reason?: undefined }
    | { readonly status: "suppressed"; readonly reason: string }
  );

export interface RoutedNotification {
  readonly type: NotificationType;
  readonly key: string;
  /** What more is known of it by now: kept in place of what was raised. */
  readonly event?: Json;
  readonly deliveries: readonly NewNotificationDelivery[];
}

export interface CoolDownState {
  /** When the last one of the subject was made that was not kept back, nor given up on. */
  readonly lastAt: Date | undefined;
  /** How many a cool-down kept back since. */
  readonly held: number;
}

/** What became of an attempt. */
export interface DeliveryOutcome {
  readonly id: string;
  readonly status: NotificationStatus;
  /** Attempts that count, this one included if it does. */
  readonly attempts: number;
  /** When the sink was called, which is later than when the attempt was begun. Absent: it was not. */
  readonly attemptedAt?: Date | undefined;
  readonly nextAttemptAt?: Date | undefined;
  readonly ref?: string | undefined;
  readonly reason?: string | undefined;
}

/** A question to which nothing useful was found. */
export interface UnansweredQuestion {
  readonly id: string;
  readonly query: string;
  /** As the index knows words. */
  readonly terms: readonly string[];
  readonly agentId: string | undefined;
  readonly askedAt: Date;
}

/** Questions that are the same question in other words. Its id is its first question's. */
export interface KnowledgeGap {
  readonly id: string;
  readonly query: string;
  readonly terms: readonly string[];
  readonly raisedAt: Date | undefined;
  /** How often it was asked in the span that was named. */
  readonly times: number;
  /** Of that span, the newest few wordings. */
  readonly examples: readonly string[];
}

/** What happened in an org in a span of time, for its digest. */
export interface DigestFacts {
  readonly notifications: readonly { readonly type: NotificationType; readonly count: number }[];
  /** Runs that ended in failure, by connection and stream, with the newest code. */
  readonly failedSyncs: readonly {
    readonly connectionId: string;
    readonly integration: string;
    readonly stream: string;
    readonly failures: number;
    readonly code: string;
  }[];
  readonly newEndUsers: number;
  readonly newCompanies: number;
  /** Calls of actions that succeeded. */
  readonly actions: number;
}

/**
 * Subscriptions, the outbox, and what is sent of it. Everything that takes a lease is fenced by the org's `notify` lease
 * and throws `lease_lost`: so one worker at a time routes and sends for an org.
 */
export interface NotificationStore {
  /** Stores a subscription, and wakes the org's `notify` work, which knows when its digest is due. */
  subscribe(subscription: Subscription): Promise<void>;
  /** Throws `not_found` for one that is not the org's. Wakes as `subscribe` does. */
  changeSubscription(orgId: string, id: string, change: SubscriptionChange): Promise<Subscription>;
  /** False: there was none. Its deliveries stay. */
  unsubscribe(orgId: string, id: string): Promise<boolean>;
  subscription(orgId: string, id: string): Promise<Subscription | undefined>;
  /** Oldest first. */
  subscriptions(orgId: string): Promise<readonly Subscription[]>;

  /**
   * Puts notifications into the outbox and wakes the org's `notify` work, in one transaction. True for each that is new:
   * one whose (type, key) the org has already is left as it is.
   */
  raise(orgId: string, notifications: readonly NewNotification[], at: Date): Promise<readonly boolean[]>;
  /** Whether there is, or was, a notification of that type and key. */
  wasRaised(orgId: string, type: NotificationType, key: string): Promise<boolean>;
  /** What waits to be routed, oldest first; of one moment by type and key. */
  unrouted(lease: Lease, limit: number): Promise<readonly OutboxNotification[]>;
  /** Marks notifications as routed and stores what is to be sent of them, in one transaction; one routed already is left. */
  route(lease: Lease, routed: readonly RoutedNotification[], at: Date): Promise<void>;
  /** How each pair's cool-down stands, in their order. */
  coolDowns(
    lease: Lease,
    pairs: readonly { readonly subscriptionId: string; readonly subject: string }[],
  ): Promise<readonly CoolDownState[]>;

  /**
   * What waits to be sent: of each sink's target up to `perTarget`, oldest first. One that failed `patience` times and is
   * not due stands behind those that wait for it.
   */
  waiting(
    lease: Lease,
    request: { readonly perTarget: number; readonly patience: number; readonly now: Date },
  ): Promise<readonly NotificationDelivery[]>;
  /** When an attempt at each target was last begun, where that is not before `since`. */
  lastAttempts(
    lease: Lease,
    since: Date,
  ): Promise<readonly { readonly sink: string; readonly target: string; readonly at: Date }[]>;
  /** `sending`, from now on, and one attempt more: committed before the sink is called. */
  begin(lease: Lease, id: string, at: Date): Promise<void>;
  /** What is settled (sent, suppressed, dead) stays so. */
  settle(lease: Lease, outcome: DeliveryOutcome, at: Date): Promise<void>;

  delivery(orgId: string, id: string): Promise<NotificationDelivery | undefined>;
  /** What the sink calls the last message that was sent for a subscription about a subject; undefined: none was. */
  lastRef(orgId: string, subscriptionId: string, subject: string): Promise<string | undefined>;
  /** Newest first. */
  deliveries(
    orgId: string,
    filter: {
      readonly subscriptionId?: string;
      readonly type?: NotificationType;
      readonly status?: NotificationStatus;
      readonly limit?: number;
    },
  ): Promise<readonly NotificationDelivery[]>;
  /** By status, of a sink; with `connectionId`: of that connection, and of those that name none. */
  counts(
    orgId: string,
    sink: string,
    connectionId?: string,
  ): Promise<{ readonly [status in NotificationStatus]: number }>;
  /**
   * Has dead and suppressed deliveries tried again, at once: pending, or `sending` where an attempt may have arrived.
   * Wakes. Returns how many.
   */
  retry(orgId: string, ids: readonly string[], at: Date): Promise<number>;

  /**
   * Stores a digest and moves its subscription's `digestedAt` to the slot, in one transaction. False, and nothing is
   * done, if it stands there or later already.
   */
  digest(
    lease: Lease,
    request: { readonly subscriptionId: string; readonly slot: Date; readonly notification: NewNotification },
    at: Date,
  ): Promise<boolean>;
  digestFacts(orgId: string, span: { readonly from: Date; readonly to: Date }): Promise<DigestFacts>;

  /** Keeps a question that found nothing, and wakes the org's `notify` work. */
  unanswered(orgId: string, question: UnansweredQuestion): Promise<void>;
  /** Questions that belong to no gap yet, oldest first, and the gaps that were asked since then. */
  questions(
    lease: Lease,
    request: { readonly since: Date; readonly limit: number },
  ): Promise<{ readonly ungrouped: readonly UnansweredQuestion[]; readonly gaps: readonly KnowledgeGap[] }>;
  /** Puts questions into gaps, and raises gaps, in one transaction. */
  group(
    lease: Lease,
    grouped: readonly { readonly questionId: string; readonly gapId: string }[],
    raised: readonly { readonly gapId: string; readonly notification: NewNotification }[],
    at: Date,
  ): Promise<void>;
  /** Gaps that were asked since then, the most asked first. */
  gaps(orgId: string, since: Date, limit: number): Promise<readonly KnowledgeGap[]>;

  /**
   * Retention: settled deliveries and questions from before then go, and routed notifications lose their event; their keys
   * stay, so that they notify once for ever.
   */
  purge(before: Date): Promise<number>;
}
