import type { CompanyRevenue, RecordRow } from "@halo/core";
import { noteChanged } from "../standing/watch.ts";
import type { Tx } from "../tenant.ts";
import type { Place } from "./apply-claims.ts";

/**
 * Companies whom records of the stream pay for: asked before their links change, since whoever they leave has to be
 * counted anew too. `sure`: they are payers, or were; else nothing is looked up where no entry names one of the stream.
 */
export async function payersCompanies(
  tx: Tx,
  place: Place,
  keys: readonly string[],
  sure = false,
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const { orgId, connectionId, stream } = place;
  const { rows } = await tx.query<{ id: string }>(companiesOfPayers, [
    orgId,
    connectionId,
    stream,
    keys,
    sure,
  ]);
  return rows.map(({ id }) => id);
}

/**
 * Keeps what changed records say of money, and counts anew for every company that it is of now or was before. Companies
 * that the page itself claims are among them: what waited for them is theirs now.
 */
export async function applyRevenue(
  tx: Tx,
  place: Place,
  changed: readonly RecordRow[],
  gone: readonly string[],
  before: readonly string[],
  at: Date,
): Promise<void> {
  const { orgId, connectionId, stream } = place;
  const entries = changed.flatMap(({ key, revenue }) => (revenue ? [{ key, ...revenue }] : []));
  const { rows: any } = await tx.query<{ some: boolean }>(hasEntries, [orgId]);
  if (entries.length === 0 && any[0]?.some !== true) return;
  const keys = changed.map(({ key }) => key);
  const { rows: dropped } = await tx.query<Payer>(deleteEntries, [
    orgId,
    connectionId,
    stream,
    [...keys, ...gone],
  ]);
  if (entries.length > 0) {
    const rows = entries.map(({ payer, ...entry }) => ({ ...entry, stream: payer.stream, payer: payer.key }));
    await tx.query(insertEntries, [orgId, connectionId, stream, JSON.stringify(rows)]);
  }
  const touched = new Set(before);
  const paying = new Map<string, Set<string>>([[stream, new Set(keys)]]);
  const note = (payerStream: string, key: string) => {
    const own = paying.get(payerStream) ?? new Set();
    paying.set(payerStream, own.add(key));
  };
  for (const { payer } of entries) note(payer.stream, payer.key);
  for (const { payer_key, payer_stream } of dropped) note(payer_stream, payer_key);
  const { rows: claimed } = await tx.query<{ id: string }>(claimedCompanies, [
    orgId,
    connectionId,
    stream,
    keys,
  ]);
  await relinkFields(
    tx,
    orgId,
    claimed.map(({ id }) => id),
  );
  for (const { id } of claimed) touched.add(id);
  for (const [payerStream, payers] of paying) {
    const of = { orgId, connectionId, stream: payerStream };
    for (const id of await payersCompanies(tx, of, [...payers], true)) touched.add(id);
  }
  await foldRevenue(tx, orgId, [...touched].sort(), at);
}

/** Sums up for companies what all records that name a payer of theirs say, where it differs from what is stored. */
export async function foldRevenue(
  tx: Tx,
  orgId: string,
  companies: readonly string[],
  at: Date,
): Promise<void> {
  if (companies.length === 0) return;
  const { rows } = await tx.query<{ id: string }>(foldCompanies, [orgId, companies, at]);
  await noteChanged(
    tx,
    orgId,
    rows.map(({ id }) => id),
  );
}

/** Links that name a company by one of its fields, after the fields changed: those that fit now, and no longer. */
export async function relinkFields(tx: Tx, orgId: string, companies: readonly string[]): Promise<void> {
  if (companies.length === 0) return;
  await tx.query(unlinkFields, [orgId, companies]);
  const { rows } = await tx.query<{ name: string }>(waitingFields, [orgId]);
  for (const { name } of rows) await tx.query(linkFields, [orgId, companies, name]);
}

/** A field link's target: the field's name has no "=" in it. */
export const fieldTarget = (name: string, value: string): string => `field:${name}=${value}`;

/** What a company's field holds, as links name it: in lower case, without spaces around it; `c` the company, `name` an expression. */
export const fieldValue = (name: string): string => `
  lower(btrim(case when ${name} like 'custom:%' then c.custom_fields ->> substr(${name}, 8)
    when ${name} in ('name', 'domain', 'phone') then case ${name} when 'name' then c.name when 'domain' then c.domain else c.phone end
    else c.custom_fields ->> ${name} end, U&' \\0009\\000a\\000d\\00a0'))`;

interface Payer {
  readonly payer_stream: string;
  readonly payer_key: string;
}

const hasEntries = `select exists (select from revenue_entries where org_id = $1) as some`;

const deleteEntries = `
  delete from revenue_entries
  where org_id = $1 and connection_id = $2 and stream = $3 and external_id = any($4::text[])
  returning payer_stream, payer_key`;

const insertEntries = `
  insert into revenue_entries (org_id, connection_id, stream, external_id, payer_stream, payer_key, currency, mrr, paid,
    paid_at, status, standing, plan, delinquent, renews_at, cancels_at, billing_interval, is_test)
  select $1, $2, $3, x.key, x.stream, x.payer, x.currency, x.mrr, x.paid, x."paidAt", x.status, x.standing, x.plan,
    x.delinquent, x."renewsAt", x."cancelsAt", x."billingInterval", x."isTest"
  from json_to_recordset($4::json) as x(key text, stream text, payer text, currency text, mrr numeric, paid numeric,
    "paidAt" timestamptz, status text, standing smallint, plan text, delinquent boolean, "renewsAt" timestamptz,
    "cancelsAt" timestamptz, "billingInterval" text, "isTest" boolean)`;

const companiesOfPayers = `
  select distinct l.customer_id as id
  from unnest($4::text[]) as k(key)
  cross join lateral (
    select customer_id from record_links
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key
      and kind = 'company' and customer_id is not null offset 0) as l
  where $5::boolean or exists (
    select from revenue_entries where org_id = $1 and connection_id = $2 and payer_stream = $3)`;

const claimedCompanies = `
  select distinct c.customer_id as id
  from unnest($4::text[]) as k(key)
  cross join lateral (
    select customer_id from customer_claims
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key and kind = 'company'
    offset 0) as c`;

const foldCompanies = `
  with payer as materialized (
    select distinct l.customer_id as id, l.connection_id, l.stream, l.external_id
    from unnest($2::text[]) as k(id)
    cross join lateral (
      select customer_id, connection_id, stream, external_id from record_links
      where org_id = $1 and customer_id = k.id and kind = 'company' offset 0) as l
  ), said as (
    select payer.id, e.*, bool_and(e.is_test) over (partition by payer.id) as only_test
    from payer
    cross join lateral (
      select * from revenue_entries
      where org_id = $1 and connection_id = payer.connection_id and payer_stream = payer.stream
        and payer_key = payer.external_id offset 0) as e
  ), entry as materialized (
    select * from said where only_test or not is_test
  ), amount as (
    select id, currency, sum(mrr) as mrr, sum(paid) as paid from entry where currency is not null group by id, currency
  ), amounts as (
    select id, coalesce(jsonb_object_agg(currency, mrr::text) filter (where mrr is not null), '{}') as mrr,
      coalesce(jsonb_object_agg(currency, paid::text) filter (where paid is not null), '{}') as paid
    from amount group by id
  ), best as (
    select distinct on (id) id, payer_key, status, plan, cancels_at, billing_interval
    from entry order by id, standing desc nulls last, paid_at desc nulls last, external_id
  ), rest as (
    select id, max(paid_at) as paid_at, bool_or(delinquent) as delinquent, min(renews_at) as renews_at
    from entry group by id
  )
  update companies c set
    billing_customer_id = best.payer_key, subscription_status = best.status, plan = best.plan,
    mrr = coalesce(amounts.mrr, '{}'), lifetime_value = coalesce(amounts.paid, '{}'), last_payment_at = rest.paid_at,
    delinquent = rest.delinquent, renews_at = rest.renews_at, cancels_at = best.cancels_at,
    billing_interval = best.billing_interval, updated_at = $3
  from unnest($2::text[]) as k(id)
  left join best on best.id = k.id
  left join rest on rest.id = k.id
  left join amounts on amounts.id = k.id
  where c.org_id = $1 and c.id = k.id
    and (c.billing_customer_id, c.subscription_status, c.plan, c.mrr, c.lifetime_value, c.last_payment_at,
        c.delinquent, c.renews_at, c.cancels_at, c.billing_interval)
      is distinct from (best.payer_key, best.status, best.plan, coalesce(amounts.mrr, '{}'),
        coalesce(amounts.paid, '{}'), rest.paid_at, rest.delinquent, rest.renews_at, best.cancels_at,
        best.billing_interval)
  returning c.id`;

const nameOf = (target: string) => `substr(${target}, 7, strpos(${target}, '=') - 7)`;
const between = (target: string) => `${target} >= 'field:' and ${target} < 'field;'`;

const waitingFields = `
  select distinct ${nameOf("target")} as name from record_links
  where org_id = $1 and kind = 'company' and customer_id is null and ${between("target")}`;

const linkFields = `
  update record_links l set customer_id = c.id
  from companies c
  where l.org_id = $1 and l.kind = 'company' and l.customer_id is null and c.org_id = $1 and c.id = any($2::text[])
    and l.target = 'field:' || $3::text || '=' || ${fieldValue("$3::text")}`;

const unlinkFields = `
  update record_links l set customer_id = null
  from companies c
  where l.org_id = $1 and l.kind = 'company' and l.customer_id = any($2::text[]) and ${between("l.target")}
    and c.org_id = $1 and c.id = l.customer_id
    and l.target is distinct from 'field:' || ${nameOf("l.target")} || '=' || ${fieldValue(nameOf("l.target"))}`;

export interface RevenueColumns {
  readonly billing_customer_id: string | null;
  readonly subscription_status: string | null;
  readonly plan: string | null;
  readonly mrr: CompanyRevenue["mrr"];
  readonly lifetime_value: CompanyRevenue["lifetimeValue"];
  readonly last_payment_at: Date | null;
  readonly delinquent: boolean | null;
  readonly renews_at: Date | null;
  readonly cancels_at: Date | null;
  readonly billing_interval: CompanyRevenue["billingInterval"] | null;
}

export const revenueColumns = `billing_customer_id, subscription_status, plan, mrr, lifetime_value, last_payment_at,
  delinquent, renews_at, cancels_at, billing_interval`;

/** Whoever bills a company knows it as somebody: without that, nothing is known. */
export function companyRevenue(row: RevenueColumns): CompanyRevenue | undefined {
  if (row.billing_customer_id === null) return undefined;
  return {
    billingCustomerId: row.billing_customer_id,
    subscriptionStatus: row.subscription_status ?? undefined,
    plan: row.plan ?? undefined,
    mrr: row.mrr,
    lifetimeValue: row.lifetime_value,
    lastPaymentAt: row.last_payment_at ?? undefined,
    delinquent: row.delinquent ?? undefined,
    renewsAt: row.renews_at ?? undefined,
    cancelsAt: row.cancels_at ?? undefined,
    billingInterval: row.billing_interval ?? undefined,
  };
}
