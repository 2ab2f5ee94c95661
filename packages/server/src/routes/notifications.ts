import { type NotificationDelivery, notificationTypes, type Subscription } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { adminRole, type Caller } from "../authorize.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";

/** What core checks, it checks: here only what JSON cannot say, an absent field, has its null. */
const settings = {
  sink: z.string().max(100),
  connectionId: id.nullable(),
  target: z.string().max(2_000),
  filter: z.json().nullable(),
  coolDownMs: z.number(),
  schedule: z.record(z.string().max(20), z.json()).nullable(),
  enabled: z.boolean(),
};
const type = z.enum(notificationTypes);
const Update = z.strictObject(settings).partial();
const Subscribe = z.strictObject({ ...Update.shape, type, sink: settings.sink, target: settings.target });
const Deliveries = z.strictObject({
  subscriptionId: id.exactOptional(),
  type: type.exactOptional(),
  status: z.enum(["pending", "sending", "sent", "suppressed", "dead"]).exactOptional(),
  limit,
});
const Retry = z.strictObject({ ids: z.array(id).min(1).max(100) });
const Empty = z.strictObject({});

/** Who is told of what, and how that went. */
export function notificationRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;
  const subscriptions = "/notifications/subscriptions";
  const deliveries = "/notifications/deliveries";

  app.get(subscriptions, async (context) => {
    const caller = await reader(surface, context.req.raw);
    const all = await halo.notifications.list(caller.orgId);
    return json(200, { subscriptions: all.map((one) => shownTo(caller, one)) });
  });

  app.post(subscriptions, async (context) => {
    const caller = await changer(surface, context.req.raw);
    const wanted = await bodyOf(surface, context.req.raw, Subscribe);
    const request = { ...withoutNulls(wanted), orgId: caller.orgId };
    const subscription = await halo.notifications.subscribe(
      request as Parameters<typeof halo.notifications.subscribe>[0],
    );
    return json(201, { subscription: shownTo(caller, subscription) });
  });

  app.patch(`${subscriptions}/:id`, async (context) => {
    const caller = await changer(surface, context.req.raw);
    const known = await halo.notifications.get(caller.orgId, requireId(part(context, "id"), "subscription"));
    const change = withoutNulls(await bodyOf(surface, context.req.raw, Update));
    const subscription = await halo.notifications.update(
      caller.orgId,
      known.id,
      change as Parameters<typeof halo.notifications.update>[2],
    );
    return json(200, { subscription: shownTo(caller, subscription) });
  });

  app.post(`${subscriptions}/:id/unsubscribe`, async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const known = await halo.notifications.get(orgId, requireId(part(context, "id"), "subscription"));
    await bodyOf(surface, context.req.raw, Empty);
    await halo.notifications.unsubscribe(orgId, known.id);
    return json(200, { unsubscribed: true });
  });

  app.get(deliveries, async (context) => {
    const caller = await reader(surface, context.req.raw);
    const filter = queryOf(context.req.raw, Deliveries);
    if (filter.subscriptionId !== undefined)
      await halo.notifications.get(caller.orgId, filter.subscriptionId);
    const all = await halo.notifications.deliveries.list(caller.orgId, filter);
    return json(200, { deliveries: all.map(({ event: _, ...one }) => shownTo(caller, one)) });
  });

  app.get(`${deliveries}/:id`, async (context) => {
    const caller = await reader(surface, context.req.raw);
    const known = await halo.notifications.deliveries.get(
      caller.orgId,
      requireId(part(context, "id"), "delivery"),
    );
    const { event, ...rest } = known;
    // What a customer wrote may stand in it.
    const more = caller.roles.includes(adminRole) ? { event } : {};
    return json(200, { delivery: { ...shownTo(caller, rest), ...more } });
  });

  app.post(`${deliveries}/retry`, async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { ids } = await bodyOf(surface, context.req.raw, Retry);
    // All or none: an id that is not the org's is a mistake that should be seen.
    await Promise.all(ids.map((one) => halo.notifications.deliveries.get(orgId, one)));
    return json(202, { retried: await halo.notifications.deliveries.retry(orgId, ids) });
  });
}

/** A target may be a URL to which whoever knows it can write: admins alone see it. */
function shownTo<T extends Subscription | Omit<NotificationDelivery, "event">>(caller: Caller, one: T) {
  if (caller.roles.includes(adminRole)) return one;
  const { target: _, ...rest } = one;
  return rest;
}

function withoutNulls(body: { readonly [field: string]: unknown }): { readonly [field: string]: unknown } {
  return Object.fromEntries(Object.entries(body).map(([field, value]) => [field, value ?? undefined]));
}
