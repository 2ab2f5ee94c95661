import type { ActionCall } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { adminRole } from "../authorize.ts";
import { part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { id, limit, queryOf } from "../input.ts";

const Calls = z.strictObject({
  agentId: id.exactOptional(),
  connectionId: id.exactOptional(),
  action: z.string().max(100).exactOptional(),
  state: z
    .enum([
      "refused",
      "awaiting_consent",
      "proposed",
      "approved",
      "rejected",
      "expired",
      "executing",
      "succeeded",
      "failed",
      "outcome_unknown",
      "reconciled",
    ])
    .exactOptional(),
  before: id.exactOptional(),
  limit,
});

/** What agents did, or were refused, and the audit of each call. Nothing is executed here: that is the host's code. */
export function actionRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/calls", async (context) => {
    const { orgId, roles } = await reader(surface, context.req.raw);
    const filter = queryOf(context.req.raw, Calls);
    if (filter.connectionId !== undefined) await halo.connections.get(orgId, filter.connectionId);
    if (filter.agentId !== undefined) await halo.agents.get(orgId, filter.agentId);
    const calls = await halo.actions.calls.list(orgId, filter);
    return json(200, { calls: calls.map((call) => shown(call, roles)) });
  });

  app.get("/calls/:id", async (context) => {
    const { orgId, roles } = await reader(surface, context.req.raw);
    const call = await halo.actions.calls.get(orgId, requireId(part(context, "id"), "call"));
    return json(200, { call: shown(call, roles) });
  });

  app.get("/calls/:id/audit", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const callId = requireId(part(context, "id"), "call");
    return json(200, { audit: await halo.actions.calls.audit(orgId, callId) });
  });
}

/** What a customer said or who it was about may stand in the arguments: for admins. Hashes are nobody's business. */
function shown(
  { argumentsHash: _arguments, confirmationHash: _confirmation, ...call }: ActionCall,
  roles: readonly string[],
) {
  if (roles.includes(adminRole)) return call;
  const { input: _input, output: _output, preview: _preview, subject: _subject, ...rest } = call;
  return rest;
}
