import type { Engine } from "../engine/engine.ts";
import { uuidv7 } from "../ids.ts";
import type {
  CoolDownState,
  NewNotificationDelivery,
  OutboxNotification,
  RoutedNotification,
  Subscription,
} from "../ports/notification-store.ts";
import type { Slice } from "../work/slice.ts";
import { matches } from "./filter.ts";
import { segmentsOfEvents } from "./in-segments.ts";
import { nameCustomers } from "./name-customers.ts";
import { subjectOf } from "./type-facts.ts";

const batchSize = 100;

/** Decides for a batch of the outbox who is told, and stores that in one step. Returns how many were routed. */
export async function routeBatch(
  engine: Engine,
  slice: Slice,
  subscriptions: readonly Subscription[],
): Promise<number> {
  const { storage, clock, events } = engine;
  const { lease } = slice;
  const notifications = await storage.notifications.unrouted(lease, batchSize);
  if (notifications.length === 0) return 0;
  const told = new Set(subscriptions.flatMap(({ enabled, type }) => (enabled ? [type] : [])));
  const named = await nameCustomers(
    engine,
    lease.orgId,
    notifications.filter(({ type }) => told.has(type)),
  );
  const shown = notifications.map((raised) => {
    const event = named.get(raised);
    return { event, notification: event === undefined ? raised : { ...raised, event } };
  });
  const inSegment = await segmentsOfEvents(
    engine,
    lease.orgId,
    subscriptions,
    shown.map(({ notification }) => notification),
  );
  const wanted = shown.map(({ event, notification }) => {
    return {
      notification,
      event,
      subject: subjectOf(notification.type, notification.event),
      by: subscriptions.filter((subscription) => wants(subscription, notification, inSegment(notification))),
    };
  });
  const coolDown = await coolDowns(engine, slice, wanted);
  const now = new Date(clock.now());
  const routed = wanted.map(
    ({ by, event, notification: { key, type }, subject }): RoutedNotification => ({
      type,
      key,
      ...(event !== undefined && { event }),
      deliveries: by.map((subscription) => {
        const { connectionId, id: subscriptionId, sink, target } = subscription;
        const base = { id: uuidv7(now.getTime()), subscriptionId, sink, connectionId, target, subject };
        return coolDown(subscription, base, now);
      }),
    }),
  );
  await storage.notifications.route(lease, routed, now);
  for (const { type, key, orgId } of notifications) events.emit("notification.raised", { orgId, type, key });
  return notifications.length;
}

function wants(
  subscription: Subscription,
  { event, subscriptionId, type }: OutboxNotification,
  inSegment: (segmentId: string) => boolean,
): boolean {
  if (!subscription.enabled || subscription.type !== type) return false;
  if (subscriptionId !== undefined) return subscription.id === subscriptionId;
  return matches(type, subscription.filter, event, inSegment);
}

type Base = Omit<NewNotificationDelivery, "status" | "reason" | "held">;

/** Whether a cool-down keeps one back; within a batch it goes on from what the store knew before it. */
async function coolDowns(
  engine: Engine,
  { lease }: Slice,
  wanted: readonly { readonly subject: string; readonly by: readonly Subscription[] }[],
): Promise<(subscription: Subscription, base: Base, now: Date) => NewNotificationDelivery> {
  const nameOf = (subscriptionId: string, subject: string) => JSON.stringify([subscriptionId, subject]);
  const pairs = new Map(
    wanted.flatMap(({ by, subject }) =>
      by
        .filter(({ coolDownMs }) => coolDownMs > 0)
        .map(({ id }) => [nameOf(id, subject), { subscriptionId: id, subject }] as const),
    ),
  );
  const states = new Map<string, CoolDownState>();
  if (pairs.size > 0) {
    const known = await engine.storage.notifications.coolDowns(lease, [...pairs.values()]);
    for (const [at, name] of [...pairs.keys()].entries()) {
      const state = known[at];
      if (state) states.set(name, state);
    }
  }
  return ({ coolDownMs, id }, base, now) => {
    if (coolDownMs === 0) return { ...base, status: "pending", held: 0 };
    const name = nameOf(id, base.subject);
    const { held, lastAt } = states.get(name) ?? { held: 0, lastAt: undefined };
    if (lastAt && now.getTime() - lastAt.getTime() < coolDownMs) {
      states.set(name, { lastAt, held: held + 1 });
      return { ...base, status: "suppressed", reason: "cool_down", held: 0 };
    }
    states.set(name, { lastAt: now, held: 0 });
    return { ...base, status: "pending", held };
  };
}
