import { type ActionCall, type ApprovalStore, ConflictError, type MoneyLimit } from "@halo/core";
import { checkFence, leaseLost } from "../leases/fence.ts";
import type { Door, Tx } from "../tenant.ts";
import { type ApprovalRow, selectApproval, toApproval } from "./approval-row.ts";
import { moveCall } from "./move-call.ts";
import { requireGates } from "./propose.ts";
import { noApproval, stale } from "./refusals.ts";

/** Begins an execution, one after the other in an org, so that many small amounts meet their limit (T41). */
export function begin(
  door: Door,
  orgId: string,
  id: string,
  { actor, at, expect, lease, limits }: Parameters<ApprovalStore["begin"]>[2],
): Promise<ActionCall> {
  return door.inOrg(orgId, async (tx) => {
    await tx.query(inTurn, [orgId]);
    const { rows } = await tx.query<ApprovalRow & Standing>(standing, [orgId, id]);
    const [row] = rows;
    if (!row) throw noApproval();
    if (lease.kind !== "action" || lease.orgId !== orgId || lease.subject !== id) throw leaseLost(lease);
    await checkFence(tx, lease);
    const { call, proposal } = toApproval(row);
    if (call.state !== "approved") throw stale(call.state);
    if (row.expired) throw stale("expired");
    await requireGates(tx, call, expect);
    if (row.stopped_since) throw moved("stopped");
    for (const limit of limits) {
      if (limit.currency === proposal.money?.currency && !(await holds(tx, orgId, id, limit)))
        throw moved("limit");
    }
    const begun = await moveCall(tx, orgId, id, {
      from: "approved",
      to: "executing",
      actor,
      at,
      note: "attempt 1",
      begins: true,
    });
    if (!begun) throw stale("executing");
    await tx.query("update approvals set begun_at = clock_timestamp() where org_id = $1 and id = $2", [
      orgId,
      id,
    ]);
    return begun;
  });
}

interface Standing {
  readonly expired: boolean;
  readonly stopped_since: boolean;
}

async function holds(
  tx: Tx,
  orgId: string,
  id: string,
  { amountMinor, currency, per, windowMs }: MoneyLimit,
): Promise<boolean> {
  const { rows } = await tx.query<{ holds: boolean }>(sum, [orgId, id, currency, windowMs, per, amountMinor]);
  return rows[0]?.holds === true;
}

function moved(current: string): ConflictError {
  return new ConflictError("What the gates saw does not stand any more: ask them again.", { current });
}

const inTurn = "select pg_advisory_xact_lock(hashtextextended('halo.approvals:' || $1::text, 0))";

const standing = `
  select s.*, (
      select p.expires_at <= clock_timestamp() from approvals p where p.org_id = $1 and p.id = $2
    ) as expired, exists (
      select from action_stops t join approval_decisions d on d.decided_at <= t.stopped_at
      where t.org_id in ('', $1) and d.org_id = $1 and d.approval_id = $2
    ) as stopped_since
  from (${selectApproval} where p.org_id = $1 and p.id = $2) s`;

// Numeric, so that no sum overflows.
const sum = `
  select own.amount_minor::numeric + coalesce(sum(p.amount_minor) filter (where c.id is not null), 0) <= $6::numeric
    as holds
  from approvals own
    left join approvals p on p.org_id = $1 and p.id <> $2 and p.currency = $3
      and p.begun_at > clock_timestamp() - $4::bigint * interval '1 millisecond'
      and ($5 <> 'agent' or p.agent_id = own.agent_id)
      and ($5 <> 'customer' or p.customer is not distinct from own.customer)
    left join action_calls c on c.org_id = $1 and c.id = p.id and (
      c.state in ('executing', 'succeeded', 'outcome_unknown') or (c.state = 'reconciled' and c.error is null))
  where own.org_id = $1 and own.id = $2
  group by own.amount_minor`;
