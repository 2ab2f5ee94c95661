import type { DigestFacts, Lease, NotificationStore } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { raiseIn } from "./outbox.ts";

export async function digest(
  door: Door,
  lease: Lease,
  { subscriptionId, slot, notification }: Parameters<NotificationStore["digest"]>[1],
  at: Date,
): Promise<boolean> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { count } = await tx.query(moveSlot, [lease.orgId, subscriptionId, slot]);
    if (count === 0) return false;
    await raiseIn(tx, lease.orgId, [notification], at);
    return true;
  });
}

export async function digestFacts(
  door: Door,
  orgId: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<DigestFacts> {
  return door.inOrg(orgId, async (tx) => {
    const span = [orgId, from, to];
    const { rows: notifications } = await tx.query<DigestFacts["notifications"][number]>(countTypes, span);
    const { rows: failedSyncs } = await tx.query<DigestFacts["failedSyncs"][number]>(failedRuns, span);
    const { rows } = await tx.query<Pick<DigestFacts, "newEndUsers" | "newCompanies" | "actions">>(
      countNew,
      span,
    );
    return { notifications, failedSyncs, newEndUsers: 0, newCompanies: 0, actions: 0, ...rows[0] };
  });
}

const moveSlot = `
  update notification_subscriptions set digested_at = $3
  where org_id = $1 and id = $2 and (digested_at is null or digested_at < $3)`;

const countTypes = `
  select type, count(*) as count from notifications
  where org_id = $1 and created_at > $2 and created_at <= $3
  group by type order by 2 desc, 1`;

const failedRuns = `
  select connection_id as "connectionId", min(integration) as integration, stream, count(*) as failures,
    coalesce((array_agg(error ->> 'code' order by finished_at desc))[1], 'failed') as code
  from runs
  where org_id = $1 and status = 'failed' and finished_at > $2 and finished_at <= $3
  group by connection_id, stream order by 4 desc, 1, 3`;

const countNew = `
  select
    (select count(*) from end_users where org_id = $1 and created_at > $2 and created_at <= $3) as "newEndUsers",
    (select count(*) from companies where org_id = $1 and created_at > $2 and created_at <= $3) as "newCompanies",
    (select count(*) from action_calls
      where org_id = $1 and state = 'succeeded' and ended_at > $2 and ended_at <= $3) as actions`;
