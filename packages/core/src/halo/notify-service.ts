import * as z from "zod";
import type { Json } from "../define/json.ts";
import { type NotificationType, notificationTypes } from "../define/notification.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError, ValidationError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import { parseEvent } from "../notify/event-schemas.ts";
import { checkFilter } from "../notify/filter.ts";
import { sinkNamed } from "../notify/sinks.ts";
import { sourceGate } from "../notify/type-facts.ts";
import type { Subscription, SubscriptionChange } from "../ports/notification-store.ts";
import { isTimeZone } from "../sync/window.ts";
import { found } from "./not-found.ts";
import type { Notifications, NotifyRequest } from "./notifications-surface.ts";

const id = z.string().min(1).max(200);
const type = z.enum(notificationTypes);
const dayMs = 24 * 60 * 60_000;

const Notify = z.strictObject({
  orgId: id,
  type,
  event: z.unknown(),
  key: z.string().min(1).max(300).refine(storable, "a NUL or half a character"),
  connectionId: id.optional(),
});

const Schedule = z
  .strictObject({
    frequency: z.enum(["daily", "weekly"]),
    at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, "09:00"'),
    timeZone: z.string().max(100).refine(isTimeZone, "an IANA time zone"),
    weekday: z.int().min(0).max(6).optional(),
  })
  .refine(({ frequency, weekday }) => frequency === "weekly" || weekday === undefined, {
    path: ["weekday"],
    message: "only for weekly ones",
  });

const settings = {
  sink: z.string().min(1).max(100),
  connectionId: id.optional(),
  target: z.string().min(1).max(2_000).refine(storable, "a NUL or half a character"),
  filter: z.unknown().optional(),
  coolDownMs: z
    .int()
    .min(0)
    .max(30 * dayMs)
    .optional(),
  schedule: Schedule.optional(),
  enabled: z.boolean().optional(),
};
const Subscribe = z.strictObject({ orgId: id, type, ...settings });
const Update = z.strictObject(settings).partial();

const mayBeEmpty = new Set(["connectionId", "filter", "schedule"]);

/** More is a mistake: each is looked at for every event. */
const maxSubscriptions = 200;

/** Puts an event into the outbox. True if it is new; the same key of a type notifies once. */
export async function notify(engine: Engine, request: NotifyRequest): Promise<boolean> {
  const { connectionId, event, key, orgId, type } = checked(Notify, request, "notification");
  if (type === "digest") throw invalid("type", "digests are made by their subscriptions");
  const parsed = parseEvent(type, event) as Json;
  if (connectionId !== undefined) {
    found(await engine.storage.connections.get(orgId, connectionId), "connection");
  } else if (sourceGate(type) === "mode") {
    throw invalid("connectionId", `"${type}" goes by the mode of the connection that it came from: name it`);
  }
  const now = new Date(engine.clock.now());
  const notification = { type, key, connectionId, event: parsed };
  const [isNew] = await engine.storage.notifications.raise(orgId, [notification], now);
  return isNew === true;
}

export function createNotifications(engine: Engine): Notifications {
  const { clock, storage } = engine;
  const { notifications } = storage;
  return {
    async subscribe(request) {
      const { orgId, type, ...given } = checked(Subscribe, request, "subscription");
      const now = new Date(clock.now());
      const subscription: Subscription = {
        orgId,
        id: uuidv7(clock.now()),
        type,
        sink: given.sink,
        connectionId: given.connectionId,
        target: given.target,
        enabled: given.enabled ?? true,
        filter: given.filter as Json | undefined,
        coolDownMs: given.coolDownMs ?? 0,
        schedule: given.schedule,
        digestedAt: undefined,
        createdAt: now,
        updatedAt: now,
      };
      await check(subscription);
      if ((await notifications.subscriptions(orgId)).length >= maxSubscriptions) {
        throw new ConflictError(`An org has at most ${maxSubscriptions} subscriptions: remove one first.`);
      }
      await notifications.subscribe(subscription);
      return subscription;
    },

    async update(orgId, id, change) {
      const given = checked(Update, change, "subscription");
      const known = found(await notifications.subscription(orgId, id), "subscription");
      const updatedAt = new Date(clock.now());
      const set = Object.entries(given).filter(
        ([field, value]) => value !== undefined || mayBeEmpty.has(field),
      );
      const wanted: SubscriptionChange = { ...Object.fromEntries(set), updatedAt };
      await check({ ...known, ...wanted });
      return await notifications.changeSubscription(orgId, id, wanted);
    },

    async unsubscribe(orgId, id) {
      found((await notifications.unsubscribe(orgId, id)) || undefined, "subscription");
    },

    get: async (orgId, id) => found(await notifications.subscription(orgId, id), "subscription"),
    list: (orgId) => notifications.subscriptions(orgId),

    deliveries: {
      list: (orgId, filter = {}) => notifications.deliveries(orgId, filter),
      get: async (orgId, id) => found(await notifications.delivery(orgId, id), "delivery"),
      retry: (orgId, ids) => notifications.retry(orgId, ids, new Date(clock.now())),
    },
  };

  /** What one field says of another. */
  async function check(subscription: Subscription): Promise<void> {
    const { connectionId, filter, orgId, schedule, sink: sinkId, target, type } = subscription;
    const known = sinkNamed(engine, sinkId);
    known.sink.checkTarget?.(target);
    if (connectionId !== undefined) {
      if (known.of === "host") throw invalid("connectionId", "a sink of the host's has no connection");
      const connection = found(await storage.connections.get(orgId, connectionId), "connection");
      if (connection.integration !== sinkId)
        throw invalid("connectionId", "a connection of another integration");
    }
    if (filter !== undefined && filter !== null) checkFilter(type as NotificationType, filter);
    if (type === "digest" && !schedule) throw invalid("schedule", "a digest needs one");
    if (type !== "digest" && schedule) throw invalid("schedule", "only digests have one");
    if (type === "digest" && (filter || subscription.coolDownMs > 0))
      throw invalid(filter ? "filter" : "coolDownMs", "digests have none");
  }
}

function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  throw invalid(
    [...(issue?.path ?? []), ...(unknownKey ? [unknownKey] : [])].join("."),
    issue?.message ?? "invalid",
    what,
  );
}

function invalid(path: string, reason: string, what = "request"): ValidationError {
  return new ValidationError(`The ${what} does not fit: see \`path\` and \`reason\`.`, { path, reason });
}
