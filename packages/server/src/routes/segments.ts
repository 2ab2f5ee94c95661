import type { SegmentFilter } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";
import { requireSameSite } from "../same-site.ts";

/** What core checks, it checks: the filter, by its own paths. */
const settings = {
  name: z.string().max(200),
  kind: z.enum(["end_user", "company"]),
  filter: z.json(),
  announce: z.boolean().exactOptional(),
};
const Segment = z.strictObject(settings);
const Query = z.strictObject({
  kind: settings.kind,
  filter: settings.filter,
  after: id.exactOptional(),
  limit,
});
const Page = z.strictObject({ after: id.exactOptional(), limit });
const Fitting = z.strictObject({ id });
const Empty = z.strictObject({});

/** Saved filters over the org's customers, and who fits them. */
export function segmentRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;
  const segmentOf = (orgId: string, given: string) => halo.segments.get(orgId, requireId(given, "segment"));

  app.get("/segments", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { segments: await halo.segments.list(orgId) });
  });

  app.post("/segments", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { filter, ...wanted } = await bodyOf(surface, context.req.raw, Segment);
    const segment = await halo.segments.upsert({
      ...wanted,
      orgId,
      filter: filter as unknown as SegmentFilter,
    });
    return json(201, { segment });
  });

  /** Who would fit a filter that is not saved. */
  app.post("/segments/query", async (context) => {
    requireSameSite(context.req.raw, surface.origins);
    const { orgId } = await reader(surface, context.req.raw);
    const { filter, kind, ...page } = await bodyOf(surface, context.req.raw, Query);
    const query = { orgId, kind, filter: filter as unknown as SegmentFilter };
    const [count, found] = await Promise.all([
      halo.segments.count(query),
      halo.segments.customers(query, page),
    ]);
    return json(200, { count, ...found });
  });

  app.get("/segments/:id", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const segment = await segmentOf(orgId, part(context, "id"));
    return json(200, { segment, count: await halo.segments.count({ orgId, segmentId: segment.id }) });
  });

  app.put("/segments/:id", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const segmentId = requireId(part(context, "id"), "segment");
    const { filter, ...wanted } = await bodyOf(surface, context.req.raw, Segment);
    const request = { ...wanted, orgId, id: segmentId, filter: filter as unknown as SegmentFilter };
    return json(200, { segment: await halo.segments.upsert(request) });
  });

  app.get("/segments/:id/customers", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const segment = await segmentOf(orgId, part(context, "id"));
    const page = queryOf(context.req.raw, Page);
    return json(200, await halo.segments.customers({ orgId, segmentId: segment.id }, page));
  });

  app.get("/segments/:id/matches", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const segment = await segmentOf(orgId, part(context, "id"));
    const customer = { kind: segment.kind, id: queryOf(context.req.raw, Fitting).id };
    return json(200, { matches: await halo.segments.matches({ orgId, segmentId: segment.id }, customer) });
  });

  app.post("/segments/:id/delete", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const segment = await segmentOf(orgId, part(context, "id"));
    await bodyOf(surface, context.req.raw, Empty);
    return json(200, { deleted: await halo.segments.delete(orgId, segment.id) });
  });
}
