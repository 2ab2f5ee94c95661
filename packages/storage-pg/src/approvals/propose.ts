import { type ActionCall, type ApprovalStore, ConflictError, type Proposal, StorageError } from "@halo/core";
import { type CallRow, callColumns, json, storedColumns, toCall, valuesOf } from "../actions/call-row.ts";
import { gatesMoved, movedOn, standingGates } from "../actions/gates.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";
import { type ApprovalRow, selectApproval, toApproval } from "./approval-row.ts";
import { stale } from "./refusals.ts";

type Options = Parameters<ApprovalStore["propose"]>[2];
type Proposed = Awaited<ReturnType<ApprovalStore["propose"]>>;

/** In one transaction, one after the other in an org: what waits is counted and compared without gaps. */
export function propose(
  door: Door,
  proposal: Omit<Proposal, "expiresAt">,
  call: ActionCall,
  options: Options,
): Promise<Proposed> {
  return door.inOrg(call.orgId, async (tx) => {
    await tx.query(inTurn, [call.orgId]);
    const standing = await standingCall(tx, call);
    if (standing) return await handBack(tx, standing);
    await requireRoom(tx, call, options);
    await requireGates(tx, call, options.expect);
    const expiresAt = await record(tx, proposal, call, options);
    if (!expiresAt) {
      // Another call took the key meanwhile.
      const taken = await standingCall(tx, call);
      if (taken) return await handBack(tx, taken);
      throw new StorageError("The proposal could neither be recorded nor found: try again.", {
        retryable: true,
      });
    }
    await wakeIn(tx, [{ kind: "action", orgId: call.orgId, subject: call.id }]);
    const { rows } = await tx.query<ApprovalRow>(one, [call.orgId, call.id]);
    const approval = rows[0] && toApproval(rows[0]);
    if (!approval) throw new StorageError("A proposal that was recorded is not there.", { retryable: false });
    return { fresh: true, approval, call: approval.call };
  });
}

async function handBack(tx: Tx, call: ActionCall): Promise<Proposed> {
  const { rows } = await tx.query<ApprovalRow>(one, [call.orgId, call.id]);
  return { fresh: false, approval: rows[0] && toApproval(rows[0]), call };
}

async function standingCall(tx: Tx, call: ActionCall): Promise<ActionCall | undefined> {
  const { rows } = await tx.query<CallRow>(standing, [
    call.orgId,
    call.id,
    call.idempotencyKey ?? null,
    call.argumentsHash,
  ]);
  return rows[0] && toCall(rows[0]);
}

async function requireRoom(
  tx: Tx,
  call: ActionCall,
  { coolDownMs, most, mostOfOrg }: Options,
): Promise<void> {
  const { rows } = await tx.query<{ rejected: boolean; own: number; of_org: number }>(room, [
    call.orgId,
    call.argumentsHash,
    coolDownMs,
    call.agentId,
  ]);
  const { rejected = false, own = 0, of_org: ofOrg = 0 } = rows[0] ?? {};
  if (rejected) throw stale("rejected");
  if (own < most && ofOrg < mostOfOrg) return;
  throw new ConflictError("Too many proposals wait already: decide some of them first.", { current: "full" });
}

export async function requireGates(tx: Tx, call: ActionCall, expect: Options["expect"]): Promise<void> {
  const { count } = await tx.query(gates, [
    call.orgId,
    call.agentId,
    call.integration,
    call.action,
    expect.agentActionRevision,
    expect.connectionId,
    expect.generation,
  ]);
  if (count > 0) return;
  throw gatesMoved((await movedOn(tx, call.orgId, call, expect)) ?? "connection");
}

async function record(
  tx: Tx,
  proposal: Omit<Proposal, "expiresAt">,
  call: ActionCall,
  { actor, note, ttlMs }: Options,
): Promise<Date | undefined> {
  const { account, createdAt, customer, hash, money, needed, preview, requestedBy, sources, state } =
    proposal;
  const { rows } = await tx.query<{ expires_at: Date }>(insert, [
    ...valuesOf({ ...call, state: "proposed" }),
    actor.kind,
    actor.id,
    note,
    ttlMs,
    hash,
    account,
    requestedBy ?? null,
    JSON.stringify(preview),
    money?.amountMinor ?? null,
    money?.currency ?? null,
    money?.digits ?? null,
    customer ?? null,
    json(state),
    json(sources),
    needed,
    createdAt,
  ]);
  return rows[0]?.expires_at;
}

const inTurn = "select pg_advisory_xact_lock(hashtextextended('halo.approvals:' || $1::text, 0))";

const one = `${selectApproval} where p.org_id = $1 and p.id = $2`;

// By the key before the id, by both before an unfinished proposal of the same.
const standing = `
  select ${callColumns} from action_calls
  where org_id = $1 and (idempotency_key = $3 or id = $2 or (arguments_hash = $4
    and state in ('proposed', 'approved', 'executing')
    and id in (select id from approvals where org_id = $1 and arguments_hash = $4)))
  order by idempotency_key is not distinct from $3 and $3 is not null desc, id = $2 desc, id limit 1`;

const room = `
  select exists (
      select from approvals p join action_calls c on c.org_id = p.org_id and c.id = p.id
      where p.org_id = $1 and p.arguments_hash = $2 and c.state = 'rejected'
        and exists (select from approval_decisions d where d.org_id = $1 and d.approval_id = p.id
          and d.kind = 'reject' and d.decided_at > clock_timestamp() - $3::bigint * interval '1 millisecond')
    ) as rejected,
    (select count(*) from approvals where org_id = $1 and open and agent_id = $4) as own,
    (select count(*) from approvals where org_id = $1 and open) as of_org`;

const gates = standingGates(
  { agent: "$2", integration: "$3", action: "$4" },
  { revision: "$5", connection: "$6", generation: "$7" },
);

const insert = `
  with times as (select clock_timestamp() + $27::bigint * interval '1 millisecond' as expires_at), recorded as (
    insert into action_calls (${storedColumns})
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14, $15::jsonb, $16,
      coalesce(expires_at, $17), $18, $19::jsonb, $20::jsonb, $21, $22, $23
    from times
    on conflict do nothing
    returning org_id, id, agent_id, arguments_hash, state, created_at, expires_at
  ), noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, 1, null, state, $24, $25, created_at, $26 from recorded
  )
  insert into approvals (org_id, id, agent_id, arguments_hash, expires_at, open, hash, account, requested_by, preview,
    amount_minor, currency, digits, customer, state, sources, needed, created_at)
  select org_id, id, agent_id, arguments_hash, expires_at, true, $28, $29, $30, $31::jsonb, $32::bigint, $33,
    $34::integer, $35, $36::jsonb, $37::jsonb, $38::integer, $39::timestamptz
  from recorded
  returning expires_at`;
