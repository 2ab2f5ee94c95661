import { type ActionStore, ConflictError, type Lease, StorageError, ValidationError } from "@halo/core";
import { checkFence, leaseLost } from "../leases/fence.ts";
import type { Door, Tx } from "../tenant.ts";
import { type CallRow, type ClaimedRow, callColumns, claimCall, json, toCall, toLease } from "./call-row.ts";
import { gatesMoved, movedOn, standingGates } from "./gates.ts";

type Change = Parameters<ActionStore["transition"]>[2];
type Moved = Awaited<ReturnType<ActionStore["transition"]>>;

/**
 * One statement, whose commit follows right behind: one round trip. It moves the call, or does nothing; why it did
 * nothing is asked afterwards, since that is rare.
 */
export async function transition(door: Door, orgId: string, callId: string, change: Change): Promise<Moved> {
  const { known, lease, to } = change;
  const { text, values } = statementOf(orgId, callId, change);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (lease === undefined || isOf(lease, orgId, callId)) {
      const run = (tx: Tx) => tx.query<CallRow & Partial<ClaimedRow>>(text, values);
      const [row] = (await door.inOrg(orgId, run, true)).rows;
      if (row) {
        const kept = to === "executing" ? lease : undefined;
        const call = lease && known ? { ...known, ...change.set, state: to } : toCall(row);
        return { call, lease: toLease(orgId, callId, row) ?? kept };
      }
    }
    await door.inOrg(orgId, (tx) => refuse(tx, orgId, callId, change));
    // What stood in the way is gone by now, or another moved it from one of these states to another.
  }
  throw new StorageError("The call is being moved by others without end: try again.", { retryable: true });
}

const attempts = 8;

/** T30: the lease of one org, or of one call, opens no other. */
const isOf = (lease: Lease, orgId: string, callId: string): boolean =>
  lease.kind === "action" && lease.orgId === orgId && lease.subject === callId;

async function refuse(tx: Tx, orgId: string, callId: string, change: Change): Promise<void> {
  const { rows } = await tx.query<CallRow>(select, [orgId, callId]);
  if (!rows[0])
    throw new ValidationError("The organisation has no such call: list its calls.", {
      code: "not_found",
      path: "callId",
      reason: "unknown",
    });
  const call = toCall(rows[0]);
  const { expect, from, lease } = change;
  if (lease) {
    if (!isOf(lease, orgId, callId)) throw leaseLost(lease);
    await checkFence(tx, lease);
  }
  if (!from.includes(call.state))
    throw new ConflictError(`The call is ${call.state} by now: read it again.`, { current: call.state });
  const moved = expect && (await movedOn(tx, orgId, call, expect));
  if (moved !== undefined) throw gatesMoved(moved);
}

const select = `select ${callColumns} from action_calls where org_id = $1 and id = $2`;

type Field = keyof NonNullable<Change["set"]>;

const plain = (value: unknown) => value ?? null;

/** Column, type and value of each field that may be set. */
const fields: { readonly [field in Field]: readonly [string, string, (value: unknown) => unknown] } = {
  attempts: ["attempts", "integer", plain],
  output: ["output", "jsonb", json],
  error: ["error", "jsonb", json],
  startedAt: ["started_at", "timestamptz", plain],
  endedAt: ["ended_at", "timestamptz", plain],
  confirmationHash: ["confirmation_hash", "text", plain],
  expiresAt: ["expires_at", "timestamptz", plain],
};

/**
 * Only with the parts that this change needs: what a statement names costs, needed or not. The parts are few, and so
 * are the texts whose plans are kept.
 */
function statementOf(
  orgId: string,
  callId: string,
  { from, to, actor, at, note, lease, known, claim, expect, again, set = {} }: Change,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [orgId, callId, from, to, actor.kind, actor.id, at, note ?? null];
  const value = (given: unknown): string => `$${values.push(given)}`;
  // Of one state nobody has to read in which of them the call stood; what the gates compare stands in the call.
  const reads = expect !== undefined || from.length !== 1;
  const before: string[] = [];
  const conditions: string[] = [];
  if (reads) {
    before.push(`before as materialized (
    select state, agent_id, integration, action from action_calls where org_id = $1 and id = $2
  )`);
    conditions.push("c.state = f.state");
  }
  const after: string[] = [];
  if (lease) {
    const key = `kind = 'action' and org_id = $1 and subject = $2 and fence = ${value(lease.fence)}::bigint`;
    before.push(
      `held as (select from leases where ${key} and holder = ${value(lease.holder)}::text for update)`,
    );
    conditions.push("exists (select from held)");
    if (to !== "executing") {
      // The fence comes from a sequence, so that a row which goes is no harm.
      const letGo = again
        ? `update leases set holder = null, attempts = 0, woken_at = null, due_at = ${value(again)}::timestamptz`
        : "delete from leases";
      after.push(`let_go as (${letGo} where ${key} and exists (select from changed))`);
    }
  }
  if (expect) {
    const seen = {
      revision: value(expect.agentActionRevision),
      connection: value(expect.connectionId),
      generation: value(expect.generation),
    };
    const call = { agent: "b.agent_id", integration: "b.integration", action: "b.action" };
    before.push(`gates as (${standingGates({ ...call, from: "before b, " }, seen)})`);
    conditions.push("exists (select from gates)");
  }
  const claimed = claim && to === "executing";
  const told = [...(lease && known ? [] : [callColumns]), ...(claimed ? ["l.*"] : [])];
  if (claimed) after.push(`claimed as (${claimCall("changed", value(claim.holder), value(claim.ttlMs))})`);
  const sets = (Object.keys(fields) as Field[])
    .filter((field) => field in set)
    .map((field) => {
      const [column, type, write] = fields[field];
      return `${column} = ${value(write(set[field]))}::${type}`;
    });
  const text = `
  with ${[
    ...before,
    `changed as (
    update action_calls c set ${["state = $4", "audit_seq = c.audit_seq + 1", ...sets].join(", ")}
    ${reads ? "from before f" : ""}
    where ${["c.org_id = $1", "c.id = $2", "c.state = any($3::text[])", ...conditions].join(" and ")}
    returning c.*, ${reads ? "f.state" : "($3::text[])[1]"} as stood
  )`,
    `noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, audit_seq, stood, state, $5, $6, $7::timestamptz, $8 from changed
  )`,
    ...after,
  ].join(", ")}
  select ${told.join(", ")} from changed${claimed ? " left join claimed l on true" : ""}`;
  return { text, values };
}
