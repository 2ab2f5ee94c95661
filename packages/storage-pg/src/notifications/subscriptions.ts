import { type Subscription, type SubscriptionChange, ValidationError } from "@halo/core";
import { wakeIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";

interface SubscriptionRow {
  readonly org_id: string;
  readonly id: string;
  readonly type: Subscription["type"];
  readonly sink: string;
  readonly connection_id: string | null;
  readonly target: string;
  readonly enabled: boolean;
  readonly filter: Subscription["filter"] | null;
  readonly cool_down_ms: number;
  readonly schedule: NonNullable<Subscription["schedule"]> | null;
  readonly digested_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = `org_id, id, type, sink, connection_id, target, enabled, filter, cool_down_ms, schedule, digested_at,
  created_at, updated_at`;

const toSubscription = (row: SubscriptionRow): Subscription => ({
  orgId: row.org_id,
  id: row.id,
  type: row.type,
  sink: row.sink,
  connectionId: row.connection_id ?? undefined,
  target: row.target,
  enabled: row.enabled,
  filter: row.filter ?? undefined,
  coolDownMs: row.cool_down_ms,
  schedule: row.schedule ?? undefined,
  digestedAt: row.digested_at ?? undefined,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export async function subscribe(door: Door, one: Subscription): Promise<void> {
  await door.inOrg(one.orgId, async (tx) => {
    await tx.query(insert, [
      one.orgId,
      one.id,
      one.type,
      one.sink,
      one.connectionId ?? null,
      one.target,
      one.enabled,
      json(one.filter),
      one.coolDownMs,
      json(one.schedule),
      one.digestedAt ?? null,
      one.createdAt,
      one.updatedAt,
    ]);
    await wakeIn(tx, [{ kind: "notify", orgId: one.orgId, subject: one.orgId }]);
  });
}

export async function changeSubscription(
  door: Door,
  orgId: string,
  id: string,
  change: SubscriptionChange,
): Promise<Subscription> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<SubscriptionRow>(selectForUpdate, [orgId, id]);
    if (!rows[0]) {
      throw new ValidationError("The organisation has no such subscription: list its subscriptions.", {
        code: "not_found",
        path: "id",
        reason: "unknown",
      });
    }
    const changed: Subscription = { ...toSubscription(rows[0]), ...change };
    await tx.query(update, [
      orgId,
      id,
      changed.sink,
      changed.connectionId ?? null,
      changed.target,
      changed.enabled,
      json(changed.filter),
      changed.coolDownMs,
      json(changed.schedule),
      changed.updatedAt,
    ]);
    await wakeIn(tx, [{ kind: "notify", orgId, subject: orgId }]);
    return changed;
  });
}

export async function unsubscribe(door: Door, orgId: string, id: string): Promise<boolean> {
  return door.inOrg(orgId, async (tx) => (await tx.query(remove, [orgId, id])).count > 0);
}

/** Of one id, or all of the org, oldest first. */
export async function readSubscriptions(
  door: Door,
  orgId: string,
  id?: string,
): Promise<readonly Subscription[]> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<SubscriptionRow>(select, [orgId, id ?? null]);
    return rows.map(toSubscription);
  });
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

const insert = `
  insert into notification_subscriptions (${columns})
  values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10::jsonb, $11, $12, $13)`;

const selectForUpdate = `
  select ${columns} from notification_subscriptions where org_id = $1 and id = $2 for update`;

const update = `
  update notification_subscriptions set sink = $3, connection_id = $4, target = $5, enabled = $6, filter = $7::jsonb,
    cool_down_ms = $8, schedule = $9::jsonb, updated_at = $10
  where org_id = $1 and id = $2`;

const remove = "delete from notification_subscriptions where org_id = $1 and id = $2";

const select = `
  select ${columns} from notification_subscriptions where org_id = $1 and ($2::text is null or id = $2::text)
  order by created_at, id`;
