import type {
  DeliveryOutcome,
  Lease,
  NotificationDelivery,
  NotificationStatus,
  NotificationStore,
} from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";

interface DeliveryRow {
  readonly org_id: string;
  readonly id: string;
  readonly type: NotificationDelivery["type"];
  readonly key: string;
  readonly subscription_id: string;
  readonly sink: string;
  readonly connection_id: string | null;
  readonly source_connection_id: string | null;
  readonly target: string;
  readonly subject: string;
  readonly event: NotificationDelivery["event"];
  readonly held: number;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly attempted_at: Date | null;
  readonly next_attempt_at: Date | null;
  readonly ref: string | null;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
}

const columns = `org_id, id, type, key, subscription_id, sink, connection_id, source_connection_id, target, subject,
  event, held, status, attempts, attempted_at, next_attempt_at, ref, reason, created_at, settled_at`;

const mostListed = 1_000;

const toDelivery = (row: DeliveryRow): NotificationDelivery => ({
  orgId: row.org_id,
  id: row.id,
  type: row.type,
  key: row.key,
  subscriptionId: row.subscription_id,
  sink: row.sink,
  connectionId: row.connection_id ?? undefined,
  sourceConnectionId: row.source_connection_id ?? undefined,
  target: row.target,
  subject: row.subject,
  event: row.event,
  held: row.held,
  status: row.status,
  attempts: row.attempts,
  attemptedAt: row.attempted_at ?? undefined,
  nextAttemptAt: row.next_attempt_at ?? undefined,
  ref: row.ref ?? undefined,
  reason: row.reason ?? undefined,
  createdAt: row.created_at,
  settledAt: row.settled_at ?? undefined,
});

export async function waiting(
  door: Door,
  lease: Lease,
  { perTarget, patience, now }: Parameters<NotificationStore["waiting"]>[1],
): Promise<readonly NotificationDelivery[]> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<DeliveryRow>(selectWaiting, [lease.orgId, perTarget, patience, now]);
    return rows.map(toDelivery);
  });
}

export async function lastAttempts(door: Door, lease: Lease, since: Date) {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return (
      await tx.query<{ sink: string; target: string; at: Date }>(selectLastAttempts, [lease.orgId, since])
    ).rows;
  });
}

export async function begin(door: Door, lease: Lease, id: string, at: Date): Promise<void> {
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    await tx.query(markSending, [lease.orgId, id, at]);
  });
}

export async function settle(door: Door, lease: Lease, outcome: DeliveryOutcome, at: Date): Promise<void> {
  const { attemptedAt, attempts, id, nextAttemptAt, reason, ref, status } = outcome;
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const values = [
      lease.orgId,
      id,
      status,
      attempts,
      nextAttemptAt ?? null,
      ref ?? null,
      reason ?? null,
      at,
      attemptedAt ?? null,
    ];
    await tx.query(markSettled, values);
  });
}

export async function readDelivery(door: Door, orgId: string, id: string) {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<DeliveryRow>(selectOne, [orgId, id]);
    return rows[0] && toDelivery(rows[0]);
  });
}

const selectLastRef = `
  select ref from notification_deliveries
  where org_id = $1 and subscription_id = $2 and subject = $3 and status = 'sent' and ref is not null
  order by created_at desc, id desc limit 1`;

export async function lastRef(door: Door, orgId: string, subscriptionId: string, subject: string) {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<{ ref: string }>(selectLastRef, [orgId, subscriptionId, subject]);
    return rows[0]?.ref;
  });
}

export async function listDeliveries(
  door: Door,
  orgId: string,
  { subscriptionId, type, status, limit = 100 }: Parameters<NotificationStore["deliveries"]>[1],
): Promise<readonly NotificationDelivery[]> {
  return door.inOrg(orgId, async (tx) => {
    const values = [orgId, subscriptionId ?? null, type ?? null, status ?? null, Math.min(limit, mostListed)];
    return (await tx.query<DeliveryRow>(selectNewest, values)).rows.map(toDelivery);
  });
}

export async function countDeliveries(door: Door, orgId: string, sink: string, connectionId?: string) {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<{ status: NotificationStatus; many: number }>(count, [
      orgId,
      sink,
      connectionId ?? null,
    ]);
    const none = { pending: 0, sending: 0, sent: 0, suppressed: 0, dead: 0 };
    return { ...none, ...Object.fromEntries(rows.map(({ status, many }) => [status, many])) };
  });
}

export async function retry(door: Door, orgId: string, ids: readonly string[], at: Date): Promise<number> {
  return door.inOrg(orgId, async (tx) => {
    const { count } = await tx.query(markRetried, [orgId, ids, at]);
    if (count > 0) await wakeIn(tx, [{ kind: "notify", orgId, subject: orgId }]);
    return count;
  });
}

const selectWaiting = `
  select ${columns} from (
    select *, row_number() over (
      partition by sink, target order by attempts >= $3 and coalesce(next_attempt_at > $4, false), created_at, id
    ) as place
    from notification_deliveries
    where org_id = $1 and status in ('pending', 'sending')
  ) as open
  where place <= $2
  order by attempts >= $3 and coalesce(next_attempt_at > $4, false), created_at, id`;

const selectLastAttempts = `
  select sink, target, max(attempted_at) as at from notification_deliveries
  where org_id = $1 and attempted_at >= $2
  group by sink, target`;

const markSending = `
  update notification_deliveries set status = 'sending', attempts = attempts + 1, attempted_at = $3,
    next_attempt_at = null
  where org_id = $1 and id = $2 and status in ('pending', 'sending')`;

const markSettled = `
  update notification_deliveries set status = $3, attempts = $4, next_attempt_at = $5, ref = $6, reason = $7,
    settled_at = case when $3 in ('pending', 'sending') then null else $8::timestamptz end,
    attempted_at = coalesce($9, attempted_at)
  where org_id = $1 and id = $2 and status in ('pending', 'sending')`;

const selectOne = `select ${columns} from notification_deliveries where org_id = $1 and id = $2`;

const selectNewest = `
  select ${columns} from notification_deliveries
  where org_id = $1 and ($2::text is null or subscription_id = $2::text) and ($3::text is null or type = $3::text)
    and ($4::text is null or status = $4::text)
  order by created_at desc, id desc limit $5`;

const count = `
  select status, count(*) as many from notification_deliveries
  where org_id = $1 and sink = $2 and ($3::text is null or connection_id is null or connection_id = $3::text)
  group by status`;

const markRetried = `
  update notification_deliveries set
    status = case when attempted_at is null then 'pending' else 'sending' end,
    attempts = 0, next_attempt_at = $3, reason = null, settled_at = null
  where org_id = $1 and id = any($2::text[]) and status in ('dead', 'suppressed')`;
