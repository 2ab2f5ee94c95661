import type {
  CoolDownState,
  Lease,
  NewNotification,
  NotificationType,
  OutboxNotification,
  RoutedNotification,
} from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";

/** Puts into the outbox what is not there, and wakes the org's work for it. True for each that is new. */
export async function raiseIn(
  tx: Tx,
  orgId: string,
  notifications: readonly NewNotification[],
  at: Date,
): Promise<readonly boolean[]> {
  if (notifications.length === 0) return [];
  const values = [orgId, at, JSON.stringify(notifications)];
  const { rows } = await tx.query<{ type: string; key: string }>(insert, values);
  if (rows.length > 0) await wakeIn(tx, [{ kind: "notify", orgId, subject: orgId }]);
  const made = new Set(rows.map(nameOf));
  // Of two that are the same the first is the new one.
  return notifications.map((notification) => made.delete(nameOf(notification)));
}

const nameOf = ({ type, key }: { readonly type: string; readonly key: string }) =>
  JSON.stringify([type, key]);

export async function wasRaised(
  door: Door,
  orgId: string,
  type: NotificationType,
  key: string,
): Promise<boolean> {
  return door.inOrg(orgId, async (tx) => (await tx.query(selectOne, [orgId, type, key])).count > 0);
}

interface OutboxRow {
  readonly org_id: string;
  readonly type: NotificationType;
  readonly key: string;
  readonly connection_id: string | null;
  readonly subscription_id: string | null;
  readonly event: OutboxNotification["event"];
  readonly created_at: Date;
}

export async function unrouted(
  door: Door,
  lease: Lease,
  limit: number,
): Promise<readonly OutboxNotification[]> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<OutboxRow>(selectUnrouted, [lease.orgId, limit]);
    return rows.map((row) => ({
      orgId: row.org_id,
      type: row.type,
      key: row.key,
      connectionId: row.connection_id ?? undefined,
      subscriptionId: row.subscription_id ?? undefined,
      event: row.event,
      createdAt: row.created_at,
    }));
  });
}

export async function route(
  door: Door,
  lease: Lease,
  routed: readonly RoutedNotification[],
  at: Date,
): Promise<void> {
  if (routed.length === 0) return;
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const flat = routed.flatMap(({ type, key, deliveries }) =>
      deliveries.map((delivery) => ({ type, key, ...delivery })),
    );
    const names = routed.map(({ type, key, event }) => ({ type, key, event }));
    await tx.query(markAndInsert, [lease.orgId, at, JSON.stringify(names), JSON.stringify(flat)]);
  });
}

export async function coolDowns(
  door: Door,
  lease: Lease,
  pairs: readonly { readonly subscriptionId: string; readonly subject: string }[],
): Promise<readonly CoolDownState[]> {
  if (pairs.length === 0) return [];
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<{ last_at: Date | null; held: number }>(selectCoolDowns, [
      lease.orgId,
      pairs.map(({ subscriptionId }) => subscriptionId),
      pairs.map(({ subject }) => subject),
    ]);
    return rows.map(({ last_at, held }) => ({ lastAt: last_at ?? undefined, held }));
  });
}

const insert = `
  insert into notifications (org_id, created_at, type, key, connection_id, subscription_id, event)
  select $1, $2, x.type, x.key, x."connectionId", x."subscriptionId", x.event
  from json_to_recordset($3::json)
    as x(type text, key text, "connectionId" text, "subscriptionId" text, event jsonb)
  on conflict do nothing
  returning type, key`;

const selectOne = "select 1 from notifications where org_id = $1 and type = $2 and key = $3";

const selectUnrouted = `
  select org_id, type, key, connection_id, subscription_id, event, created_at from notifications
  where org_id = $1 and routed_at is null
  order by created_at, type, key limit $2`;

const markAndInsert = `
  with marked as (
    update notifications n set routed_at = $2, event = coalesce(x.event, n.event)
    from json_to_recordset($3::json) as x(type text, key text, event jsonb)
    where n.org_id = $1 and n.type = x.type collate "C" and n.key = x.key collate "C" and n.routed_at is null
    returning n.type, n.key, n.connection_id, n.event
  )
  insert into notification_deliveries (org_id, id, type, key, subscription_id, sink, connection_id,
    source_connection_id, target, subject, event, held, status, reason, created_at, settled_at)
  select $1, x.id, m.type, m.key, x."subscriptionId", x.sink, x."connectionId", m.connection_id, x.target, x.subject,
    m.event, x.held, x.status, x.reason, $2, case when x.status = 'suppressed' then $2::timestamptz end
  from json_to_recordset($4::json) as x(type text, key text, id text, "subscriptionId" text, sink text,
    "connectionId" text, target text, subject text, held integer, status text, reason text)
  join marked m on m.type = x.type collate "C" and m.key = x.key collate "C"`;

const selectCoolDowns = `
  select l.last_at, h.held
  from unnest($2::text[], $3::text[]) with ordinality as x(subscription_id, subject, place)
  cross join lateral (
    select max(d.created_at) as last_at from notification_deliveries d
    where d.org_id = $1 and d.subscription_id = x.subscription_id collate "C" and d.subject = x.subject collate "C"
      and d.status in ('pending', 'sending', 'sent')) l
  cross join lateral (
    select count(*) as held from notification_deliveries d
    where d.org_id = $1 and d.subscription_id = x.subscription_id collate "C" and d.subject = x.subject collate "C"
      and d.reason = 'cool_down' and (l.last_at is null or d.created_at >= l.last_at)) h
  order by x.place`;
