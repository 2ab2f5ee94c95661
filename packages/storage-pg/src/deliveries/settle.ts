import type { Delivery, DeliveryStatus, Lease } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { type DeliveryRow, deliveryColumns, toDelivery } from "./delivery-row.ts";

/** Events of a connection that are due, oldest first. Only the lease's holder asks. */
export async function pending(
  door: Door,
  lease: Lease,
  connectionId: string,
  limit: number,
  now: Date,
): Promise<readonly Delivery[]> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<DeliveryRow>(selectDue, [lease.orgId, connectionId, now, limit]);
    return rows.map(toDelivery);
  });
}

/** An event that waits no longer stays as it is: whoever settled it first was right. */
export async function settle(
  door: Door,
  lease: Lease,
  outcomes: readonly {
    readonly id: string;
    readonly status: DeliveryStatus;
    readonly reason?: string;
    readonly nextAttemptAt?: Date;
  }[],
  at: Date,
): Promise<void> {
  if (outcomes.length === 0) return;
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    await tx.query(update, [
      lease.orgId,
      at,
      outcomes.map(({ id }) => id),
      outcomes.map(({ status }) => status),
      outcomes.map(({ reason }) => reason ?? null),
      outcomes.map(({ nextAttemptAt }) => nextAttemptAt ?? null),
    ]);
  });
}

export async function nextDue(door: Door, lease: Lease, connectionId: string): Promise<Date | undefined> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<{ due: Date | null }>(selectNextDue, [lease.orgId, connectionId]);
    return rows[0]?.due ?? undefined;
  });
}

const selectDue = `
  select ${deliveryColumns} from deliveries
  where org_id = $1 and connection_id = $2 and status = 'pending'
    and (next_attempt_at is null or next_attempt_at <= $3)
  order by received_at, id limit $4`;

const update = `
  update deliveries d set
    status = x.status,
    reason = x.reason,
    next_attempt_at = case when x.status = 'pending' then x.next_attempt_at end,
    attempts = d.attempts + 1,
    settled_at = case when x.status = 'pending' then null else $2::timestamptz end
  from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[]) as x(id, status, reason, next_attempt_at)
  where d.org_id = $1 and d.id = x.id collate "C" and d.status = 'pending'`;

const selectNextDue = `
  select min(coalesce(next_attempt_at, received_at)) as due from deliveries
  where org_id = $1 and connection_id = $2 and status = 'pending'`;
