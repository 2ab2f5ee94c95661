import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";

const Runs = z.strictObject({
  connectionId: id.exactOptional(),
  stream: z.string().max(100).exactOptional(),
  active: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .exactOptional(),
  limit,
});
const Events = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(200) });
const Quarantine = z.strictObject({ connectionId: id, limit });
const Empty = z.strictObject({});

/** What syncs did and are doing, their logs, and the records that waited for a person. */
export function runRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/runs", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const filter = queryOf(context.req.raw, Runs);
    if (filter.connectionId !== undefined) await halo.connections.get(orgId, filter.connectionId);
    const runs = await halo.runs.list(orgId, filter);
    return json(200, { runs });
  });

  app.get("/runs/:id", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { run: await halo.runs.get(orgId, requireId(part(context, "id"), "run")) });
  });

  app.get("/runs/:id/events", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const run = await halo.runs.get(orgId, requireId(part(context, "id"), "run"));
    const { limit } = queryOf(context.req.raw, Events);
    return json(200, { events: await halo.runs.events(orgId, run.id, limit) });
  });

  app.post("/runs/:id/cancel", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const run = await halo.runs.get(orgId, requireId(part(context, "id"), "run"));
    await bodyOf(surface, context.req.raw, Empty);
    return json(200, { cancelled: await halo.runs.cancel(orgId, run.id) });
  });

  app.post("/runs/:id/confirm", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const run = await halo.runs.get(orgId, requireId(part(context, "id"), "run"));
    await bodyOf(surface, context.req.raw, Empty);
    return json(200, { confirmed: await halo.runs.confirm(orgId, run.id) });
  });

  app.get("/quarantine", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const { connectionId, limit } = queryOf(context.req.raw, Quarantine);
    const connection = await halo.connections.get(orgId, connectionId);
    return json(200, { records: await halo.runs.quarantine(orgId, connection.id, limit) });
  });
}
