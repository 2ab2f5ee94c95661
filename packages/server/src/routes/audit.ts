import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { admin, decider, personOf, reader, type Surface } from "../context.ts";
import { bodyOf, invalid, limit, queryOf } from "../input.ts";

const Page = z.strictObject({ after: z.coerce.number().int().min(0).default(0), limit });
const Anchor = z.strictObject({
  seq: z.coerce.number().int().min(1).exactOptional(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "not a hash")
    .exactOptional(),
});
const Nothing = z.strictObject({});

/** The org's chain of everything that agents did and people decided, and the switch that stops all of it. */
export function auditRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/audit", async (context) => {
    const { orgId } = await admin(surface, context.req.raw);
    const page = queryOf(context.req.raw, Page);
    const [head, audit] = await Promise.all([halo.audit.head(orgId), halo.audit.list(orgId, page)]);
    return json(200, { audit, head: head ?? null });
  });

  /** With `seq` and `hash` of an earlier head, what was cut off is found too. */
  app.get("/audit/verify", async (context) => {
    const { orgId } = await admin(surface, context.req.raw);
    const { hash, seq } = queryOf(context.req.raw, Anchor);
    if ((hash === undefined) !== (seq === undefined)) throw invalid("hash", "give both, or neither");
    const anchor = hash !== undefined && seq !== undefined ? { hash, seq } : undefined;
    const report = await halo.audit.verify({
      orgId,
      signal: context.req.raw.signal,
      ...(anchor && { anchor }),
    });
    return json(200, { report });
  });

  app.get("/kill-switch", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { stops: await halo.killSwitch.stops(orgId) });
  });

  // Of the caller's own org; the whole deployment is stopped by the host's code alone.
  app.post("/kill-switch/stop", async (context) => {
    const caller = await decider(surface, context.req.raw);
    await bodyOf(surface, context.req.raw, Nothing);
    const stop = await halo.killSwitch.stop({ orgId: caller.orgId, actor: personOf(caller) });
    return json(200, { stop });
  });

  app.post("/kill-switch/resume", async (context) => {
    const caller = await decider(surface, context.req.raw);
    await bodyOf(surface, context.req.raw, Nothing);
    await halo.killSwitch.resume({ orgId: caller.orgId, actor: personOf(caller) });
    return json(200, { stops: await halo.killSwitch.stops(caller.orgId) });
  });
}
