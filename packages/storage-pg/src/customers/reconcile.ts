import type { Lease } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { forgetStanding } from "../standing/watch.ts";
import type { Door, Tx } from "../tenant.ts";
import { lockCustomers } from "./lock.ts";
import { foldRevenue, relinkFields } from "./revenue.ts";
import { foldCustomers } from "./write-customers.ts";

interface Merge {
  readonly kind: "end_user" | "company";
  readonly one: string;
  readonly other: string;
  readonly at: Date;
}

/** Merges customers that turned out to be one, each pair in a transaction of its own. Returns how many pairs. */
export async function reconcile(door: Door, lease: Lease, limit: number): Promise<number> {
  let done = 0;
  while (done < limit && (await door.inOrg(lease.orgId, (tx) => mergeNext(tx, lease)))) done++;
  return done;
}

async function mergeNext(tx: Tx, lease: Lease): Promise<boolean> {
  const { orgId } = lease;
  await checkFence(tx, lease);
  await lockCustomers(tx, orgId, "alone");
  const { rows } = await tx.query<Merge>(nextMerge, [orgId]);
  const [merge] = rows;
  if (!merge) return false;
  const { kind, one, other, at } = merge;
  const { rows: both } = await tx.query<{ id: string }>(kind === "end_user" ? oldestUser : oldestCompany, [
    orgId,
    [one, other],
  ]);
  const [keep, gone] = both;
  if (keep && gone) await mergeInto(tx, orgId, kind, keep.id, gone.id, at);
  await tx.query(dropMerge, [orgId, kind, one, other]);
  return true;
}

/** All that names `gone` names `keep` afterwards. */
async function mergeInto(
  tx: Tx,
  orgId: string,
  kind: Merge["kind"],
  keep: string,
  gone: string,
  at: Date,
): Promise<void> {
  const values = [orgId, gone, keep];
  await tx.query(mergeManual, values);
  for (const statement of [moveIdentities, moveClaims, moveLinks, moveMerges])
    await tx.query(statement, values);
  await tx.query(dropMerges, [orgId, gone]);
  await forgetStanding(tx, orgId, [gone], keep);
  if (kind === "end_user") {
    await tx.query(mergeSigns, values);
    await tx.query("delete from end_users where org_id = $1 and id = $2", [orgId, gone]);
  } else {
    await tx.query("update end_users set company_id = $3 where org_id = $1 and company_id = $2", values);
    await tx.query("delete from companies where org_id = $1 and id = $2", [orgId, gone]);
  }
  await foldCustomers(tx, orgId, [keep], at);
  if (kind === "company") {
    await relinkFields(tx, orgId, [keep]);
    await foldRevenue(tx, orgId, [keep], at);
  }
}

const nextMerge = `
  select kind, one, other, now() as at from customer_merges where org_id = $1 order by asked_at, kind, one, other limit 1`;
const dropMerge = `
  delete from customer_merges where org_id = $1 and kind = $2 and one = $3 and other = $4`;
/** Ids are uuidv7: the smaller one is the older one. */
const oldestUser = `
  select id from end_users where org_id = $1 and id = any($2::text[]) order by id for update`;
const oldestCompany = `
  select id from companies where org_id = $1 and id = any($2::text[]) order by id for update`;
const moveClaims = "update customer_claims set customer_id = $3 where org_id = $1 and customer_id = $2";
/** All that a customer has are named by a claim of theirs. */
const moveIdentities = `
  update customer_identities set customer_id = $3
  where org_id = $1 and ctid = any(array(
    select i.ctid
    from (
      select distinct kind, unnest(identities) as value from customer_claims
      where org_id = $1 and customer_id = $2) as x
    cross join lateral (
      select ctid from customer_identities
      where org_id = $1 and kind = x.kind and value = x.value and customer_id = $2 offset 0) as i))`;
const moveLinks = "update record_links set customer_id = $3 where org_id = $1 and customer_id = $2";
const moveMerges = `
  insert into customer_merges (org_id, kind, one, other, reason, asked_at)
  select org_id, kind, least(x.a, x.b), greatest(x.a, x.b), reason, asked_at
  from customer_merges m,
    lateral (select case when m.one = $2 then $3 else m.one end as a,
      case when m.other = $2 then $3 else m.other end as b) as x
  where m.org_id = $1 and (m.one = $2 or m.other = $2) and x.a <> x.b
  on conflict do nothing`;
const dropMerges = "delete from customer_merges where org_id = $1 and (one = $2 or other = $2)";

/** What a person typed on either stays; on both, the later word counts. Then the one that goes has none of its own. */
const mergeManual = `
  with gone as (
    delete from customer_claims
    where org_id = $1 and connection_id = '' and stream = 'manual' and external_id = $2
    returning *)
  insert into customer_claims as c
  select org_id, connection_id, stream, $3, kind, $3, alias_of, rank, source, source_updated_at, reason, score,
    identities, fields, custom
  from gone
  on conflict (org_id, connection_id, stream, external_id) do update set
    fields = case when c.source_updated_at >= excluded.source_updated_at
      then excluded.fields || c.fields else c.fields || excluded.fields end,
    custom = case when c.source_updated_at >= excluded.source_updated_at
      then excluded.custom || c.custom else c.custom || excluded.custom end,
    source_updated_at = greatest(c.source_updated_at, excluded.source_updated_at)`;

/** The host's own signs of activity are not lost with the row that carried them. */
const mergeSigns = `
  update end_users k set
    first_seen = least(k.first_seen, g.first_seen), last_seen = greatest(k.last_seen, g.last_seen),
    context = g.context || k.context
  from end_users g
  where k.org_id = $1 and k.id = $3 and g.org_id = $1 and g.id = $2`;
