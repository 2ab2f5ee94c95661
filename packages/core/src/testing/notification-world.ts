import type { Lease } from "../ports/lease-store.ts";
import type {
  NewNotification,
  NewNotificationDelivery,
  NotificationDelivery,
  NotificationStore,
  Subscription,
} from "../ports/notification-store.ts";
import { newId } from "./ids.ts";
import type { StorageTest } from "./storage-promise.ts";
import { at, type World, world } from "./storage-world.ts";

export const newSubscription = (orgId: string, like: Partial<Subscription> = {}): Subscription => ({
  orgId,
  id: `subscription-${newId()}`,
  type: "new_ticket",
  sink: "board",
  connectionId: undefined,
  target: "room",
  enabled: true,
  filter: undefined,
  coolDownMs: 0,
  schedule: undefined,
  digestedAt: undefined,
  createdAt: at(0),
  updatedAt: at(0),
  ...like,
});

export const newNotification = (like: Partial<NewNotification> = {}): NewNotification => ({
  type: "new_ticket",
  key: `key-${newId()}`,
  connectionId: undefined,
  event: { subject: "Printer on fire" },
  ...like,
});

export const newPart = (like: Partial<NewNotificationDelivery> = {}): NewNotificationDelivery =>
  ({
    id: newId(),
    subscriptionId: "subscription-1",
    sink: "board",
    connectionId: undefined,
    target: "room",
    subject: "printers",
    held: 0,
    status: "pending",
    ...like,
  }) as NewNotificationDelivery;

/** An org with its `notify` lease, and short ways to do things there. */
export interface NotificationWorld extends World {
  readonly store: NotificationStore;
  readonly notify: Lease;
  /** Raised and routed: one delivery of a notification of its own. Returns the delivery's id. */
  send(like?: Partial<NewNotificationDelivery>, minutes?: number): Promise<string>;
  status(id: string): Promise<NotificationDelivery["status"] | undefined>;
  waiting(now?: Date, like?: { readonly perTarget?: number; readonly patience?: number }): Promise<string[]>;
}

export async function notificationWorld(test: StorageTest): Promise<NotificationWorld> {
  const self = await world(test);
  const store = test.storage.notifications;
  const notify = await self.lease("notify");
  return {
    ...self,
    store,
    notify,
    async send(like, minutes = 1) {
      const notification = newNotification();
      const part = newPart(like);
      await store.raise(self.orgId, [notification], at(minutes));
      const { key, type } = notification;
      await store.route(notify, [{ type, key, deliveries: [part] }], at(minutes));
      return part.id;
    },
    status: async (id) => (await store.delivery(self.orgId, id))?.status,
    async waiting(now = at(0), { patience = 5, perTarget = 10 } = {}) {
      return (await store.waiting(notify, { perTarget, patience, now })).map(({ id }) => id);
    },
  };
}
