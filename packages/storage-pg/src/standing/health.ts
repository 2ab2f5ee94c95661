import type {
  CustomerKind,
  HealthInputs,
  HealthScore,
  HealthSignal,
  Json,
  NewNotification,
} from "@halo/core";
import { raiseIn } from "../notifications/outbox.ts";
import type { Tx } from "../tenant.ts";

interface InputRow {
  readonly id: string;
  readonly name: string | null;
  readonly people: number;
  readonly active: number;
  readonly last_seen: Date | null;
  readonly status: string | null;
  readonly delinquent: boolean | null;
  readonly reported:
    | { readonly [signal in HealthSignal]?: { readonly value: Json; readonly at: string } }
    | null;
  readonly score: number | null;
  readonly tier: HealthScore["tier"] | null;
  readonly falls: number | null;
}

export async function healthInputs(
  tx: Tx,
  orgId: string,
  kind: CustomerKind,
  ids: readonly string[],
  since: Date,
): Promise<readonly HealthInputs[]> {
  const { rows } = await tx.query<InputRow>(kind === "company" ? ofCompanies : ofPeople, [orgId, ids, since]);
  return rows.map((row) => ({
    kind,
    customerId: row.id,
    name: row.name ?? undefined,
    people: Number(row.people),
    activePeople: Number(row.active),
    lastSeen: row.last_seen ?? undefined,
    subscriptionStatus: row.status ?? undefined,
    delinquent: row.delinquent ?? undefined,
    reported: Object.fromEntries(
      Object.entries(row.reported ?? {}).map(([signal, { at, value }]) => [
        signal,
        { value, at: new Date(at) },
      ]),
    ),
    previous:
      row.falls === null
        ? undefined
        : { score: row.score ?? undefined, tier: row.tier ?? undefined, falls: row.falls },
  }));
}

export async function saveHealth(
  tx: Tx,
  orgId: string,
  scores: readonly HealthScore[],
  notifications: readonly NewNotification[],
): Promise<void> {
  const [first] = scores;
  if (first === undefined) return;
  const rows = scores.map(({ computedAt, customerId, ...score }) => ({
    ...score,
    customer_id: customerId,
    computed_at: computedAt,
  }));
  await tx.query(save, [orgId, JSON.stringify(rows)]);
  await raiseIn(tx, orgId, notifications, first.computedAt);
}

interface ScoreRow {
  readonly customer_id: string;
  readonly kind: CustomerKind;
  readonly score: number | null;
  readonly tier: HealthScore["tier"] | null;
  readonly signals: HealthScore["signals"];
  readonly reason: HealthScore["reason"] | null;
  readonly falls: number;
  readonly computed_at: Date;
}

const toScore = (row: ScoreRow): HealthScore => ({
  kind: row.kind,
  customerId: row.customer_id,
  score: row.score ?? undefined,
  tier: row.tier ?? undefined,
  signals: row.signals,
  reason: row.reason ?? undefined,
  falls: row.falls,
  computedAt: row.computed_at,
});

export async function readHealth(
  tx: Tx,
  orgId: string,
  kind: CustomerKind,
  id: string,
): Promise<HealthScore | undefined> {
  const { rows } = await tx.query<ScoreRow>(selectScore, [orgId, id, kind]);
  return rows[0] && toScore(rows[0]);
}

export async function healthHistory(
  tx: Tx,
  orgId: string,
  kind: CustomerKind,
  id: string,
  limit: number,
): Promise<readonly HealthScore[]> {
  const { rows } = await tx.query<ScoreRow>(selectHistory, [orgId, id, kind, limit]);
  return rows.map(toScore);
}

const reported = `
  (select jsonb_object_agg(g.signal, jsonb_build_object('value', g.value, 'at', g.at))
   from customer_signals g where g.org_id = $1 and g.customer_id = k.id)`;

const inputs = (of: string) => `
  select k.id, x.name, x.people, x.active, x.last_seen, x.status, x.delinquent, ${reported} as reported,
    h.score, h.tier, h.falls
  from unnest($2::text[]) as k(id)
  cross join lateral (${of} offset 0) as x
  left join lateral (
    select score, tier, falls from health_scores where org_id = $1 and customer_id = k.id offset 0) as h on true
  order by k.id`;

const ofPeople = inputs(`
  select coalesce(u.name, u.email) as name, 1 as people, (u.last_seen >= $3)::integer as active, u.last_seen,
    null::text as status, null::boolean as delinquent
  from end_users u where u.org_id = $1 and u.id = k.id`);

const ofCompanies = inputs(`
  select coalesce(o.name, o.domain) as name, p.people, p.active, p.last_seen,
    o.subscription_status as status, o.delinquent
  from companies o
  cross join lateral (
    select count(*) as people, count(*) filter (where last_seen >= $3) as active, max(last_seen) as last_seen
    from end_users where org_id = $1 and company_id = o.id offset 0) as p
  where o.org_id = $1 and o.id = k.id`);

/** A customer who is gone since is left out. */
const save = `
  with given as materialized (
    select x.*, h.customer_id is not null as had, h.score as before_score, h.tier as before_tier
    from json_to_recordset($2::json) as x(customer_id text, kind text, score integer, tier text, signals jsonb,
      reason text, falls integer, computed_at timestamptz)
    left join lateral (
      select customer_id, score, tier from health_scores
      where org_id = $1 and customer_id = x.customer_id offset 0) as h on true
    where case x.kind
      when 'end_user' then exists (select from end_users where org_id = $1 and id = x.customer_id)
      else exists (select from companies where org_id = $1 and id = x.customer_id) end
  ), history as (
    insert into health_history (org_id, customer_id, computed_at, kind, score, tier, signals, reason, falls)
    select $1, customer_id, computed_at, kind, score, tier, signals, reason, falls from given
    where not had or (score, tier) is distinct from (before_score, before_tier)
    on conflict (org_id, customer_id, computed_at) do update set score = excluded.score, tier = excluded.tier,
      signals = excluded.signals, reason = excluded.reason, falls = excluded.falls
  )
  insert into health_scores (org_id, customer_id, kind, score, tier, signals, reason, falls, computed_at)
  select $1, customer_id, kind, score, tier, signals, reason, falls, computed_at from given
  on conflict (org_id, customer_id) do update set kind = excluded.kind, score = excluded.score, tier = excluded.tier,
    signals = excluded.signals, reason = excluded.reason, falls = excluded.falls, computed_at = excluded.computed_at`;

const scoreColumns = "customer_id, kind, score, tier, signals, reason, falls, computed_at";
const selectScore = `
  select ${scoreColumns} from health_scores where org_id = $1 and customer_id = $2 and kind = $3`;
const selectHistory = `
  select ${scoreColumns} from health_history where org_id = $1 and customer_id = $2 and kind = $3
  order by computed_at desc limit $4`;
