import type { ApprovalView } from "@halo/core";
import type { Context, Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { decider, part, personOf, reader, requireFreshSession, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";

const List = z.strictObject({
  state: z
    .enum([
      "proposed",
      "approved",
      "rejected",
      "expired",
      "refused",
      "executing",
      "succeeded",
      "failed",
      "outcome_unknown",
      "reconciled",
    ])
    .exactOptional(),
  agentId: id.exactOptional(),
  conversationId: z.string().min(1).max(200).exactOptional(),
  before: id.exactOptional(),
  limit,
});

const Decision = z.strictObject({
  /** Of the card that was shown. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, "not a hash"),
  reason: z.string().max(500).exactOptional(),
});

/** What agents propose, and people's word on it. Who may, core says: a person, with the role, who did not ask themselves. */
export function approvalRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/approvals", async (context) => {
    const caller = await reader(surface, context.req.raw);
    const filter = queryOf(context.req.raw, List);
    if (filter.agentId !== undefined) await halo.agents.get(caller.orgId, filter.agentId);
    const all = await halo.approvals.list(caller.orgId, filter);
    const whole = await halo.approvals.mayDecide(caller.orgId, personOf(caller));
    return json(200, { approvals: all.map((one) => (whole ? one : outline(one))) });
  });

  app.get("/approvals/:id", async (context) => {
    const caller = await reader(surface, context.req.raw);
    const approvalId = requireId(part(context, "id"), "approval");
    const approval = await halo.approvals.get(caller.orgId, approvalId);
    const whole = await halo.approvals.mayDecide(caller.orgId, personOf(caller));
    return json(200, { approval: whole ? approval : outline(approval) });
  });

  const decide = (kind: "approve" | "reject") => async (context: Context) => {
    const request = context.req.raw;
    const caller = await decider(surface, request);
    const approvalId = requireId(part(context, "id"), "approval");
    const { orgId } = await halo.approvals.get(caller.orgId, approvalId);
    if (kind === "approve") requireFreshSession(surface, caller);
    const decision = await bodyOf(surface, request, Decision);
    const actor = personOf(caller);
    return json(200, { approval: await halo.approvals[kind]({ ...decision, orgId, approvalId, actor }) });
  };
  app.post("/approvals/:id/approve", decide("approve"));
  app.post("/approvals/:id/reject", decide("reject"));
}

/** Without what a customer said or who it is about: for whoever cannot decide it. */
function outline({
  card: _card,
  hash: _hash,
  input: _input,
  output: _output,
  preview: _preview,
  sources: _sources,
  subject: _subject,
  ...rest
}: ApprovalView) {
  return rest;
}
