import type { ApprovalStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { type ApprovalRow, selectApproval, toApproval } from "./approval-row.ts";
import { begin } from "./begin.ts";
import { decide, expire } from "./decide.ts";
import { propose } from "./propose.ts";
import { resume, stop, stops } from "./stops.ts";

const mostListed = 1_000;

export function approvalStore(door: Door): ApprovalStore {
  return {
    propose: (proposal, call, options) => propose(door, proposal, call, options),
    decide: (orgId, id, decision, error) => decide(door, orgId, id, decision, error),
    expire: (orgId, id, options) => expire(door, orgId, id, options),
    begin: (orgId, id, options) => begin(door, orgId, id, options),
    get: (orgId, id) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<ApprovalRow>(one, [orgId, id]);
        return rows[0] && toApproval(rows[0]);
      }),
    list: (orgId, { state, agentId, conversationId, before, limit }) =>
      door.inOrg(orgId, async (tx) => {
        const filter = [state, agentId, conversationId, before].map((value) => value ?? null);
        const text = state === "proposed" ? waiting : newest;
        const { rows } = await tx.query<ApprovalRow>(text, [orgId, ...filter, Math.min(limit, mostListed)]);
        return rows.map(toApproval);
      }),
    stop: (orgId, by) => stop(door, orgId, by),
    resume: (orgId, by) => resume(door, orgId, by),
    stops: (orgId) => stops(door, orgId),
  };
}

const one = `${selectApproval} where p.org_id = $1 and p.id = $2`;

const listed = (more: string) => `${selectApproval}
  where p.org_id = $1 and ($2::text is null or c.state = $2::text) and ($3::text is null or p.agent_id = $3::text)
    and ($4::text is null or c.conversation_id = $4::text) and ($5::text is null or p.id < $5::text) ${more}
  order by p.id desc limit $6`;

const newest = listed("");
// What waits is few, and has an index of its own.
const waiting = listed("and p.open");
