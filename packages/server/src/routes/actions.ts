import type { ActionCall } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { adminRole } from "../authorize.ts";
import { decider, part, personOf, reader, requireFreshSession, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";

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

const Reconcile = z.discriminatedUnion("happened", [
  z.strictObject({ happened: z.literal(true), vendorId: z.string().max(200) }),
  z.strictObject({ happened: z.literal(false) }),
]);

/**
 * What agents did, or were refused, the audit of each call, and people's word on those of which nobody could tell. Nothing is
 * executed here: that is the host's code.
 */
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

  app.post("/calls/:id/reconcile", async (context) => {
    const request = context.req.raw;
    const caller = await decider(surface, request);
    const { orgId, roles } = caller;
    const callId = requireId(part(context, "id"), "call");
    await halo.actions.calls.get(orgId, callId);
    requireFreshSession(surface, caller);
    const said = await bodyOf(surface, request, Reconcile);
    const call = await halo.actions.calls.reconcile({ ...said, orgId, callId, actor: personOf(caller) });
    return json(200, { call: shown(call, roles) });
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
