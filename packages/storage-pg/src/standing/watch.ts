import { lockCustomers } from "../customers/lock.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Tx } from "../tenant.ts";

/**
 * From now on the org's changes are noted. Whoever writes customers now is waited for: what they write either is seen by
 * the first look at all customers, or is noted.
 */
export async function watch(tx: Tx, orgId: string): Promise<void> {
  const { count } = await tx.query("select 1 from standing where org_id = $1", [orgId]);
  if (count > 0) return;
  await lockCustomers(tx, orgId, "alone");
  await tx.query("insert into standing (org_id) values ($1) on conflict do nothing", [orgId]);
}

/** Nothing is worked out for the org any more: nothing is noted. */
export async function unwatch(tx: Tx, orgId: string): Promise<void> {
  const { count } = await tx.query(stopWatching, [orgId]);
  if (count > 0) await tx.query("delete from customer_changes where org_id = $1", [orgId]);
}

const stopWatching = `
  delete from standing where org_id = $1
    and not exists (select from segments where org_id = $1)
    and not exists (select from customer_settings where org_id = $1)`;

/** Notes customers as changed, and people's companies with them, in an org that is watched. */
export async function noteChanged(tx: Tx, orgId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { count } = await tx.query(noteThese, [orgId, ids]);
  if (count > 0) await wakeIn(tx, [{ kind: "standing", orgId, subject: orgId }]);
}

export async function noteAll(tx: Tx, orgId: string): Promise<void> {
  await tx.query(noteEverybody, [orgId]);
}

const insertNoted = (whom: string) => `
  insert into customer_changes (org_id, customer_id, kind, seq)
  select $1, x.id, x.kind, nextval('customer_change_seq') from (${whom} order by 1) as x(id, kind)
  on conflict (org_id, customer_id) do update set seq = excluded.seq, kind = excluded.kind
  returning 1`;

/** Somebody who is gone is noted too: they leave their segments. */
const noteThese = insertNoted(`
  select k.id, case when o.id is null then 'end_user' else 'company' end
  from unnest($2::text[]) as k(id)
  left join lateral (select id from companies where org_id = $1 and id = k.id offset 0) as o on true
  where exists (select from standing where org_id = $1)
  union
  select u.company_id, 'company'
  from unnest($2::text[]) as k(id)
  cross join lateral (
    select company_id from end_users where org_id = $1 and id = k.id and company_id is not null offset 0) as u
  where exists (select from standing where org_id = $1)`);

const noteEverybody = insertNoted(`
  select id, 'end_user' from end_users where org_id = $1
  union all
  select id, 'company' from companies where org_id = $1`);

/** Notes whom records of a stream are about, where such records count towards a customer. */
export async function noteLinked(
  tx: Tx,
  {
    orgId,
    connectionId,
    stream,
  }: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const { count } = await tx.query(noteWhom, [orgId, connectionId, stream, keys]);
  if (count > 0) await wakeIn(tx, [{ kind: "standing", orgId, subject: orgId }]);
}

const noteWhom = insertNoted(`
  select distinct l.customer_id, l.kind
  from unnest($4::text[]) as k(key)
  cross join lateral (
    select customer_id, kind from record_links
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key and customer_id is not null
    offset 0) as l
  where exists (select from standing where org_id = $1)`);

/** What was worked out for customers who are gone goes with them; what the host said of them goes to their heir. */
export async function forgetStanding(
  tx: Tx,
  orgId: string,
  gone: readonly string[],
  heir: string | undefined,
): Promise<void> {
  await tx.query(heir === undefined ? dropSignals : moveSignals, [
    orgId,
    gone,
    ...(heir === undefined ? [] : [heir]),
  ]);
  for (const drop of drops) await tx.query(drop, [orgId, gone]);
  await noteChanged(tx, orgId, heir === undefined ? gone : [...gone, heir]);
}

const dropSignals = "delete from customer_signals where org_id = $1 and customer_id = any($2::text[])";
const moveSignals = `
  with moved as (${dropSignals} returning signal, value, at)
  insert into customer_signals as s (org_id, customer_id, signal, value, at)
  select distinct on (signal) $1, $3, signal, value, at from moved order by signal, at desc
  on conflict (org_id, customer_id, signal) do update set value = excluded.value, at = excluded.at
  where s.at < excluded.at`;
const drops = ["segment_members", "health_scores", "health_history", "customer_renewals"].map(
  (table) => `delete from ${table} where org_id = $1 and customer_id = any($2::text[])`,
);
