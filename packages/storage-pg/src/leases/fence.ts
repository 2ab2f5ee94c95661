import { ConflictError, type Lease } from "@halo/core";
import type { Tx } from "../tenant.ts";

/**
 * First statement of everything that is done under a lease (I4). Holds the row until the transaction ends in a way that
 * no claim passes (claims skip it), while wakes and heartbeats do. Throws `lease_lost` when somebody else claimed since.
 */
export async function checkFence(tx: Tx, lease: Lease): Promise<void> {
  // T30: the lease of one org opens no other.
  if (tx.orgId !== lease.orgId) throw leaseLost(lease);
  const { count } = await tx.query(statement, [
    lease.kind,
    lease.orgId,
    lease.subject,
    lease.fence,
    lease.holder,
  ]);
  if (count === 0) throw leaseLost(lease);
}

export function leaseLost(lease: Lease): ConflictError {
  return new ConflictError(
    `The lease of ${lease.kind} ${lease.subject} is somebody else's by now: stop, and write nothing.`,
    { code: "lease_lost" },
  );
}

const statement = `
  select 1 from leases
  where kind = $1 and org_id = $2 and subject = $3 and fence = $4 and holder = $5
  for key share`;
