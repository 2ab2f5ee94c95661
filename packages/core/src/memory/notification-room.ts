import type {
  NotificationDelivery,
  OutboxNotification,
  Subscription,
  UnansweredQuestion,
} from "../ports/notification-store.ts";

type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** What an org is told, and who of it. */
export interface NotificationRoom {
  readonly subscriptions: Map<string, Subscription>;
  /** By type and key. */
  readonly outbox: Map<string, OutboxNotification & { routedAt: Date | undefined }>;
  readonly deliveries: Map<string, Mutable<NotificationDelivery>>;
  readonly questions: Map<string, UnansweredQuestion & { gapId: string | undefined; raisedAt?: Date }>;
}

export const emptyRoom = (): NotificationRoom => ({
  subscriptions: new Map(),
  outbox: new Map(),
  deliveries: new Map(),
  questions: new Map(),
});
