import type { Lease } from "@halo/core";
import type { Tx } from "../tenant.ts";

/** Extends a lease that is still ours, by the database's clock. */
export async function heartbeat(tx: Tx, lease: Lease, ttlMs: number): Promise<boolean> {
  const { count } = await tx.query(extend, [...keyOf(lease), ttlMs]);
  return count === 1;
}

/** Lets go of a lease that is still ours. What was asked for meanwhile stands beside what the holder says. */
export async function release(tx: Tx, lease: Lease, again: Date | undefined): Promise<void> {
  const { rows } = await tx.query<{ due: boolean | null }>(letGo, [...keyOf(lease), again ?? null]);
  const [row] = rows;
  if (row?.due === true) await tx.kick();
  // The fence comes from a sequence, so a row that says nothing any more may go.
  if (row?.due === null) await tx.query(forget, [lease.kind, lease.orgId, lease.subject]);
}

export async function releaseAll(tx: Tx, holder: string): Promise<number> {
  const { count } = await tx.query(letAllGo, [holder]);
  return count;
}

function keyOf(lease: Lease): readonly unknown[] {
  return [lease.kind, lease.orgId, lease.subject, lease.fence, lease.holder];
}

const extend = `
  update leases set due_at = clock_timestamp() + $6::bigint * interval '1 millisecond'
  where kind = $1 and org_id = $2 and subject = $3 and fence = $4 and holder = $5`;

const letGo = `
  update leases set holder = null, attempts = 0, due_at = least($6::timestamptz, woken_at), woken_at = null
  where kind = $1 and org_id = $2 and subject = $3 and fence = $4 and holder = $5
  returning due_at <= now() as due`;

const forget = `
  delete from leases where kind = $1 and org_id = $2 and subject = $3 and holder is null and due_at is null`;

const letAllGo = `
  update leases set holder = null, attempts = 0, due_at = now(), woken_at = null where holder = $1`;
