import type { NotificationType } from "../define/notification.ts";
import type { NotificationEvents } from "../notify/event-schemas.ts";
import type { NotificationFilter } from "../notify/filter.ts";
import type {
  DigestSchedule,
  NotificationDelivery,
  NotificationStatus,
  Subscription,
} from "../ports/notification-store.ts";

/** Something that happened, as a host tells it. */
export type NotifyRequest<Type extends NotificationType = NotificationType> = {
  readonly [type in Type]: {
    readonly orgId: string;
    readonly type: type;
    readonly event: NotificationEvents[type];
    /** What makes it this one and no other: the same key of a type notifies an org once, for ever. 1 to 300 characters. */
    readonly key: string;
    /** Where it came from, if from a connection. */
    readonly connectionId?: string;
  };
}[Type];

export interface SubscribeRequest {
  readonly orgId: string;
  readonly type: NotificationType;
  /** An integration that has a sink ("slack"), or the id of a sink that createHalo was given. */
  readonly sink: string;
  /** Of an integration's sink. Default: the org's newest connected one. */
  readonly connectionId?: string | undefined;
  /** A channel id, an address, a URL: what the sink understands. */
  readonly target: string;
  /** Default: every event of the type. */
  readonly filter?: NotificationFilter | undefined;
  /** After one was sent, further ones of the same subject are held back so long, and counted in the next. Default 0. */
  readonly coolDownMs?: number;
  /** Of `digest`, and required there. */
  readonly schedule?: DigestSchedule | undefined;
  /** Default true. */
  readonly enabled?: boolean;
}

export interface Notifications {
  /** Throws `input_invalid` for an unknown sink, a target it cannot have, and a filter that does not fit the type. */
  subscribe(request: SubscribeRequest): Promise<Subscription>;
  /**
   * Fields that are there are set; `connectionId`, `filter` and `schedule` are emptied by undefined. What waits to be
   * sent already goes where it was to go.
   */
  update(
    orgId: string,
    id: string,
    change: Partial<Omit<SubscribeRequest, "orgId" | "type">>,
  ): Promise<Subscription>;
  /** What waits for it is not sent any more. */
  unsubscribe(orgId: string, id: string): Promise<void>;
  get(orgId: string, id: string): Promise<Subscription>;
  list(orgId: string): Promise<readonly Subscription[]>;
  readonly deliveries: {
    list(
      orgId: string,
      filter?: {
        readonly subscriptionId?: string;
        readonly type?: NotificationType;
        readonly status?: NotificationStatus;
        readonly limit?: number;
      },
    ): Promise<readonly NotificationDelivery[]>;
    get(orgId: string, id: string): Promise<NotificationDelivery>;
    /** Has those that are dead or were kept back tried again. Returns how many. */
    retry(orgId: string, ids: readonly string[]): Promise<number>;
  };
}
