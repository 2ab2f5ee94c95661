import type { ActionCall, Approval, ApprovalStore, Decision } from "@halo/core";
import { StorageError } from "@halo/core";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";
import { type ApprovalRow, selectApproval, toApproval } from "./approval-row.ts";
import { moveCall } from "./move-call.ts";
import { noApproval, stale } from "./refusals.ts";

/** One conditional update decides whether this word counts (A4); the rest says what came of it. */
export function decide(
  door: Door,
  orgId: string,
  id: string,
  decision: Decision,
  error: ActionCall["error"],
): Promise<Approval> {
  return door.inOrg(orgId, async (tx) => {
    // Others wait here, so that what the next statement counts is all there is.
    await tx.query(lock, [orgId, id]);
    const { at, by, hash, kind, proof, reason } = decision;
    const { rows } = await tx.query<{ open: boolean; needed: number; given: number }>(count, [
      orgId,
      id,
      kind,
      by,
      hash,
    ]);
    const [counted] = rows;
    if (!counted) throw await whyNot(tx, orgId, id, decision);
    await tx.query(record, [orgId, id, by, kind, hash, reason ?? null, at, proof]);
    const to = kind === "reject" ? "rejected" : counted.open ? "proposed" : "approved";
    const given = counted.given + 1;
    const moved = await moveCall(tx, orgId, id, {
      from: "proposed",
      to,
      actor: { kind: "human", id: by },
      at,
      note: kind === "approve" ? `approves ${given} of ${counted.needed}, ${hash}` : `rejects ${hash}`,
      ends: to === "rejected",
      ...(to === "rejected" && { error }),
    });
    if (!moved) throw new StorageError("A proposal and its call do not agree.", { retryable: false });
    await wakeIn(tx, [{ kind: "action", orgId, subject: id }]);
    return await read(tx, orgId, id);
  });
}

/** Moves what nobody decided in time. */
export function expire(
  door: Door,
  orgId: string,
  id: string,
  { actor, at, error }: Parameters<ApprovalStore["expire"]>[2],
): Promise<Approval | undefined> {
  return door.inOrg(orgId, async (tx) => {
    const { count: closed } = await tx.query(close, [orgId, id]);
    if (closed === 0) {
      const { count: known } = await tx.query("select from approvals where org_id = $1 and id = $2", [
        orgId,
        id,
      ]);
      if (known === 0) throw noApproval();
      return undefined;
    }
    await moveCall(tx, orgId, id, { from: "proposed", to: "expired", actor, at, error, ends: true });
    return await read(tx, orgId, id);
  });
}

async function whyNot(tx: Tx, orgId: string, id: string, { by, hash }: Decision): Promise<Error> {
  const { rows } = await tx.query<ApprovalRow & { expired: boolean }>(standing, [orgId, id]);
  const [row] = rows;
  if (!row) return noApproval();
  if (row.state !== "proposed") return stale(row.state);
  if (row.p_hash !== hash) return stale("changed");
  if (row.expired) return stale("expired");
  return stale(toApproval(row).decisions.some((one) => one.by === by) ? "decided" : "proposed");
}

async function read(tx: Tx, orgId: string, id: string): Promise<Approval> {
  const { rows } = await tx.query<ApprovalRow>(one, [orgId, id]);
  if (!rows[0]) throw noApproval();
  return toApproval(rows[0]);
}

const one = `${selectApproval} where p.org_id = $1 and p.id = $2`;
const standing = `
  select s.*, (select p.expires_at <= clock_timestamp() from approvals p where p.org_id = $1 and p.id = $2) as expired
  from (${one}) s`;

const lock = "select from approvals where org_id = $1 and id = $2 for update";

const count = `
  with said as (
    select count(*) filter (where kind = 'approve') as given, bool_or(by_id = $4) as decided
    from approval_decisions where org_id = $1 and approval_id = $2
  )
  update approvals p set open = $3 = 'approve' and s.given + 1 < p.needed
  from said s
  where p.org_id = $1 and p.id = $2 and p.open and p.hash = $5 and p.expires_at > clock_timestamp()
    and s.decided is not true
  returning p.open, p.needed, s.given`;

const record = `
  insert into approval_decisions (org_id, approval_id, by_id, kind, hash, reason, at, proof)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const close = `
  update approvals set open = false where org_id = $1 and id = $2 and open and expires_at <= clock_timestamp()`;
