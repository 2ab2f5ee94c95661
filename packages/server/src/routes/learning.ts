import { insightKinds } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";
import { Refusal } from "../refusal.ts";

const prefix = z.string().max(200);
const rule = { type: z.enum(["topic", "keyword", "instruction"]), text: z.string().max(2_000) };
const Rule = z.strictObject({ ...rule, prefix: prefix.exactOptional() });
const Preview = z.union([
  z.strictObject({
    upsert: z.strictObject({ ...rule, id: id.exactOptional(), prefix: prefix.exactOptional() }),
    scan: z.int().min(1).max(10_000).exactOptional(),
    judge: z.int().min(0).max(20).exactOptional(),
  }),
  z.strictObject({
    delete: id,
    scan: z.int().min(1).max(10_000).exactOptional(),
    judge: z.int().min(0).max(20).exactOptional(),
  }),
]);
const Decisions = z.strictObject({
  outcome: z.enum(["learned", "skipped", "waiting"]).exactOptional(),
  prefix: prefix.exactOptional(),
  after: id.exactOptional(),
  limit,
});
const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const InsightQuery = z.strictObject({
  scope: z.enum(["general", "customer", "staff"]),
  endUserId: id.exactOptional(),
  companyId: id.exactOptional(),
  kind: z.enum(insightKinds).exactOptional(),
  prefix: prefix.exactOptional(),
  since: date.exactOptional(),
  until: date.exactOptional(),
  after: id.exactOptional(),
  limit,
});
const Sources = z.strictObject({ prefix: prefix.exactOptional() });
const Empty = z.strictObject({});

/** What the org wants to learn, what came of it, and what was distilled. */
export function learningRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/knowledge/learning", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { learning: await halo.knowledge.learning(orgId) });
  });

  app.get("/knowledge/rules", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const all = await halo.knowledge.rules.list(orgId);
    return json(200, { rules: all.map(({ orgId: _, ...one }) => one) });
  });

  app.post("/knowledge/rules", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { orgId: _, ...stored } = await halo.knowledge.rules.upsert(
      orgId,
      await bodyOf(surface, context.req.raw, Rule),
    );
    return json(201, { rule: stored });
  });

  // Before the routes of one rule: no rule has this id.
  app.post("/knowledge/rules/preview", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { judge, scan, ...change } = await bodyOf(surface, context.req.raw, Preview);
    const bounds = { ...(judge !== undefined && { judge }), ...(scan !== undefined && { scan }) };
    const { signal } = context.req.raw;
    return json(200, { preview: await halo.knowledge.rules.preview(orgId, change, { ...bounds, signal }) });
  });

  app.patch("/knowledge/rules/:id", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const ruleId = requireId(part(context, "id"), "learning rule");
    const known = (await halo.knowledge.rules.list(orgId)).find((one) => one.id === ruleId);
    const wanted = await bodyOf(surface, context.req.raw, Rule.partial());
    const { type = known?.type ?? "keyword", text = known?.text ?? "-" } = wanted;
    const where = wanted.prefix ?? known?.prefix ?? "";
    const { orgId: _, ...stored } = await halo.knowledge.rules.upsert(orgId, {
      id: ruleId,
      type,
      text,
      prefix: where,
    });
    return json(200, { rule: stored });
  });

  app.post("/knowledge/rules/:id/delete", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    await bodyOf(surface, context.req.raw, Empty);
    await halo.knowledge.rules.delete(orgId, requireId(part(context, "id"), "learning rule"));
    return json(200, { deleted: true });
  });

  app.get("/knowledge/decisions", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, {
      decisions: await halo.knowledge.rules.decisions(orgId, queryOf(context.req.raw, Decisions)),
    });
  });

  app.get("/knowledge/insights", async (context) => {
    const { actor, orgId } = await reader(surface, context.req.raw);
    const { companyId, endUserId, kind, scope, ...filter } = queryOf(context.req.raw, InsightQuery);
    // As for a search: "staff" is everything that the org knows of everybody.
    if (scope === "staff" && actor.kind !== "human")
      throw new Refusal(403, "role_missing", 'Only people ask with the scope "staff": name a customer.');
    const named = { ...(endUserId && { endUserId }), ...(companyId && { companyId }) };
    const found = await halo.knowledge.insights.list(orgId, {
      ...filter,
      scope: scope === "general" ? { kind: scope } : { kind: scope, ...named },
      ...(kind && { kinds: [kind] }),
    });
    return json(200, { insights: found });
  });

  app.post("/knowledge/insights/distil", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { prefix: where = "" } = await bodyOf(surface, context.req.raw, Sources);
    await halo.knowledge.insights.distil(orgId, where);
    return json(202, { asked: true });
  });

  app.post("/knowledge/insights/cancel", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { prefix: where = "" } = await bodyOf(surface, context.req.raw, Sources);
    return json(200, { cancelled: await halo.knowledge.insights.cancel(orgId, where) });
  });
}
