import type { Delivery } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { adminRole } from "../authorize.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";

const Deliveries = z.strictObject({
  connectionId: id.exactOptional(),
  status: z.enum(["pending", "done", "skipped", "dead"]).exactOptional(),
  limit,
});
const Replay = z.strictObject({ ids: z.array(id).min(1).max(100) });

/** Webhook events that were taken in, and their second chance. */
export function deliveryRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/deliveries", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const filter = queryOf(context.req.raw, Deliveries);
    if (filter.connectionId !== undefined) await halo.connections.get(orgId, filter.connectionId);
    const deliveries = await halo.deliveries.list(orgId, filter);
    return json(200, { deliveries: deliveries.map(withoutPayload) });
  });

  app.get("/deliveries/:id", async (context) => {
    const { orgId, roles } = await reader(surface, context.req.raw);
    const delivery = await halo.deliveries.get(orgId, requireId(part(context, "id"), "delivery"));
    // What a customer wrote may stand in it.
    return json(200, { delivery: roles.includes(adminRole) ? delivery : withoutPayload(delivery) });
  });

  app.post("/deliveries/replay", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { ids } = await bodyOf(surface, context.req.raw, Replay);
    // All or none: an id that is not the org's is a mistake that should be seen.
    await Promise.all(ids.map((one) => halo.deliveries.get(orgId, one)));
    return json(202, { replayed: await halo.deliveries.replay(orgId, ids) });
  });
}

function withoutPayload({ payload: _payload, ...delivery }: Delivery): Omit<Delivery, "payload"> {
  return delivery;
}
