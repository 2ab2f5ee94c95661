import * as z from "zod";
import { refusedPerson, whyNobody } from "../approvals/approver.ts";
import { verifyAudit } from "../approvals/audit-verify.ts";
import { cardOf } from "../approvals/card.ts";
import { decide } from "../approvals/decide.ts";
import type { Engine } from "../engine/engine.ts";
import type { Approval } from "../ports/approval-store.ts";
import type { Approvals, ApprovalView, Audit, KillSwitch, Person } from "./approvals-surface.ts";
import { anId, aPerson, checkedRequest } from "./checked-request.ts";
import { found } from "./not-found.ts";

const pageSize = 50;
const maxPageSize = 200;

const Decide = z.strictObject({
  orgId: anId,
  approvalId: anId,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  actor: aPerson,
  reason: z
    .string()
    .max(500)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "not well-formed text")
    .optional(),
});
const Verify = z.strictObject({
  orgId: anId,
  anchor: z.strictObject({ seq: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal).optional(),
});
const Switch = z.strictObject({ orgId: anId, actor: aPerson });

const limited = (limit = pageSize) => Math.min(Math.max(1, limit), maxPageSize);

export function createApprovals(engine: Engine): Approvals {
  const { approvals } = engine.storage;
  const view = (approval: Approval) => viewOf(engine, approval);
  return {
    list: async (orgId, filter = {}) => {
      const all = await approvals.list(orgId, { ...filter, limit: limited(filter.limit) });
      return all.map(view);
    },
    get: async (orgId, approvalId) => view(found(await approvals.get(orgId, approvalId), "approval")),
    mayDecide: async (orgId, person) => {
      const roles = (await engine.approvals.rolesOf?.({ orgId, id: person.id })) ?? person.roles;
      return whyNobody(engine.approvals, { ...person, roles }) === undefined;
    },
    approve: async (request) => view(await decide(engine, "approve", checkedRequest(Decide, request))),
    reject: async (request) => view(await decide(engine, "reject", checkedRequest(Decide, request))),
  };
}

export function createAudit(engine: Engine): Audit {
  const { actions } = engine.storage;
  return {
    async verify(request) {
      const { anchor, orgId, signal } = checkedRequest(Verify, request);
      return await verifyAudit(engine, orgId, anchor, signal);
    },
    head: (orgId) => actions.chainHead(orgId),
    list: (orgId, { after = 0, limit } = {}) => actions.chain(orgId, { after, limit: limited(limit) }),
  };
}

export function createKillSwitch(engine: Engine): KillSwitch {
  const { storage } = engine;
  const change = async (request: Parameters<KillSwitch["stop"]>[0]) => {
    const { actor, orgId } = checkedRequest(Switch, request);
    const roles = await engine.approvals.rolesOf?.({ orgId, id: actor.id });
    const person: Person = { ...actor, roles: roles ?? actor.roles };
    const why = whyNobody(engine.approvals, person);
    if (why !== undefined) throw refusedPerson(why);
    return { orgId: orgId === "deployment" ? undefined : orgId, by: actor.id };
  };
  return {
    async stop(request) {
      const { by, orgId } = await change(request);
      const stop = await storage.approvals.stop(orgId, by);
      engine.logger.warn("All actions are stopped", { org: orgId ?? "all" });
      return stop;
    },
    async resume(request) {
      const { by, orgId } = await change(request);
      return await storage.approvals.resume(orgId, by);
    },
    async stops(orgId) {
      const all = await storage.approvals.stops(orgId);
      return all.filter(({ resumedAt }) => resumedAt === undefined);
    },
  };
}

function viewOf({ integrations }: Engine, approval: Approval): ApprovalView {
  const { call, decisions, proposal } = approval;
  const integration = integrations.get(call.integration);
  const action = integration?.actions?.find(({ id }) => id === call.action);
  return {
    id: proposal.id,
    orgId: call.orgId,
    state: call.state,
    agentId: call.agentId,
    integration: call.integration,
    action: call.action,
    connectionId: call.connectionId,
    conversationId: call.conversationId,
    requestedBy: proposal.requestedBy,
    subject: call.subject,
    input: call.input,
    preview: proposal.preview,
    money: proposal.money,
    card: cardOf(approval, {
      integration: integration?.name ?? call.integration,
      action: action?.name ?? call.action,
    }),
    hash: proposal.hash,
    needed: proposal.needed,
    decisions: decisions.map(({ at, by, kind, reason }) => ({ kind, by, reason, at })),
    sources: proposal.sources,
    createdAt: proposal.createdAt,
    expiresAt: proposal.expiresAt,
    endedAt: call.endedAt,
    output: call.output,
    error: call.error,
  };
}
