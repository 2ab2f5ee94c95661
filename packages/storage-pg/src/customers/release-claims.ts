import { forgetStanding } from "../standing/watch.ts";
import type { Tx } from "../tenant.ts";
import { askForMerges, type Place } from "./apply-claims.ts";
import { refTarget } from "./targets.ts";
import { foldCustomers } from "./write-customers.ts";
import { dropLinks, relink } from "./write-links.ts";

export interface ReleasedRecord {
  readonly key: string;
  /** The record that it was merged into at the vendor. */
  readonly mergedInto: string | undefined;
}

/**
 * Takes the effect of records' links and claims away. A customer whom nobody claims any more goes; what was linked to
 * them waits again, or, if the record was merged into another, belongs to that one's customer. Returns true when two
 * customers turned out to be one.
 */
export async function releaseClaims(
  tx: Tx,
  place: Place,
  records: readonly ReleasedRecord[],
  at: Date,
): Promise<boolean> {
  if (records.length === 0) return false;
  const { orgId, connectionId, stream } = place;
  const keys = records.map(({ key }) => key);
  await dropLinks(tx, place, keys);
  const { rows: released } = await tx.query<Released>(deleteClaims, [orgId, connectionId, stream, keys]);
  const heirs = await writeAliases(tx, place, records);
  let merges = false;
  if (released.length > 0) merges = await dropUnclaimed(tx, orgId, released, heirs, at);
  await retarget(tx, place, records, heirs);
  return merges;
}

async function dropUnclaimed(
  tx: Tx,
  orgId: string,
  released: readonly Released[],
  heirs: ReadonlyMap<string, string>,
  at: Date,
): Promise<boolean> {
  const touched = [...new Set(released.map(({ customer_id }) => customer_id))].sort();
  // Whoever has an address has a claim that names it: only those of the claims that went can be nobody's now.
  const named = released.flatMap(({ kind, identities }) => identities.map((value) => ({ kind, value })));
  if (named.length > 0) {
    const values = [orgId, touched, named.map(({ kind }) => kind), named.map(({ value }) => value)];
    await tx.query(handIdentitiesOver, values);
    await tx.query(dropUnclaimedIdentities, values);
  }
  const { rows: gone } = await tx.query<{ id: string }>(selectUnclaimed, [orgId, touched]);
  const goneIds = new Set(gone.map(({ id }) => id));
  const inherited = released.flatMap(({ key, kind, customer_id: id }) => {
    const heir = heirs.get(key);
    return heir !== undefined && heir !== id ? [{ id, heir, kind }] : [];
  });
  const people = new Set<string>();
  if (goneIds.size > 0) {
    const { rows } = await tx.query<{ id: string }>(peopleOfCompanies, [orgId, [...goneIds]]);
    for (const { id } of rows) people.add(id);
    // Links without an heir wait again: for the vendor to bring the record back, or for another to claim the address.
    await tx.query(inheritLinks, [
      orgId,
      JSON.stringify(inherited.filter(({ id }) => goneIds.has(id))),
      [...goneIds],
    ]);
    await tx.query(dropCustomers, [orgId, [...goneIds]]);
    await forgetStanding(tx, orgId, [...goneIds], undefined);
  }
  // Others still claim the merged record's customer: then the two are one.
  const merges = inherited
    .filter(({ id }) => !goneIds.has(id))
    .map(({ id, heir, kind }) => ({ kind, ...inOrder(id, heir) }));
  if (merges.length > 0) await tx.query(askForMerges, [orgId, JSON.stringify(merges), at]);
  const staying = new Set([...touched, ...people].filter((id) => !goneIds.has(id)));
  await foldCustomers(tx, orgId, [...staying].sort(), at);
  return merges.length > 0;
}

interface Released {
  readonly key: string;
  readonly kind: string;
  readonly customer_id: string;
  readonly identities: readonly string[];
}

/** What still names the merged record by its key finds the surviving one's customer. Returns that by merged key. */
async function writeAliases(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  records: readonly ReleasedRecord[],
): Promise<ReadonlyMap<string, string>> {
  const merged = records.filter(({ mergedInto }) => mergedInto !== undefined);
  if (merged.length === 0) return new Map();
  const place = [orgId, connectionId, stream];
  const { rows } = await tx.query<{ key: string; customer_id: string }>(insertAliases, [
    ...place,
    JSON.stringify(merged),
  ]);
  // An alias that led to one of these leads on.
  if (rows.length > 0) await tx.query(moveAliases, [...place, JSON.stringify(rows)]);
  return new Map(rows.map(({ key, customer_id }) => [key, customer_id]));
}

/** Links of others that wait for a merged record wait for the surviving one, or are its customer's if that is known. */
async function retarget(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  records: readonly ReleasedRecord[],
  heirs: ReadonlyMap<string, string>,
): Promise<void> {
  const moves = records.flatMap(({ key, mergedInto }) =>
    mergedInto === undefined
      ? []
      : [
          {
            from: refTarget(connectionId, stream, key),
            to: refTarget(connectionId, stream, mergedInto),
            customerId: heirs.get(key),
          },
        ],
  );
  if (moves.length === 0) return;
  await tx.query(retargetOpen, [orgId, JSON.stringify(moves)]);
  const found = moves.flatMap(({ to: target, customerId }) =>
    customerId === undefined
      ? []
      : [
          { kind: "end_user", target, customerId },
          { kind: "company", target, customerId },
        ],
  );
  if (found.length > 0) await relink(tx, orgId, () => found);
}

const deleteClaims = `
  delete from customer_claims
  where org_id = $1 and ctid = any(array(
    select c.ctid from unnest($4::text[]) as k(key)
    cross join lateral (
      select ctid from customer_claims
      where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as c))
  returning external_id as key, kind, customer_id, identities`;

const insertAliases = `
  insert into customer_claims (org_id, connection_id, stream, external_id, kind, customer_id, alias_of, rank, source,
    source_updated_at, reason, score, identities, fields, custom)
  select $1, $2, $3, x.key, c.kind, c.customer_id, c.external_id, c.rank, c.source, c.source_updated_at, 'record', 1,
    '{}', '{}', '{}'
  from json_to_recordset($4::json) as x(key text, "mergedInto" text)
  join customer_claims c
    on c.org_id = $1 and c.connection_id = $2 and c.stream = $3 and c.external_id = x."mergedInto"
  on conflict (org_id, connection_id, stream, external_id) do nothing
  returning external_id as key, customer_id`;

const moveAliases = `
  update customer_claims c set customer_id = x.customer_id
  from json_to_recordset($4::json) as x(key text, customer_id text)
  where c.org_id = $1 and c.connection_id = $2 and c.stream = $3 and c.alias_of = x.key`;

/** Of the addresses named, those of customers that no longer claim them. */
const lostIdentities = `
  select i.ctid as at, i.customer_id, i.value
  from unnest($3::text[], $4::text[]) as x(kind, value)
  cross join lateral (
    select ctid, customer_id, value from customer_identities
    where org_id = $1 and kind = x.kind and value = x.value offset 0) as i
  where i.customer_id = any($2::text[]) and not exists (
    select from customer_claims c
    where c.org_id = $1 and c.customer_id = i.customer_id and i.value = any(c.identities))`;

/** An address that another customer of a pair to be merged claims too becomes that one's. */
const handIdentitiesOver = `
  update customer_identities i set customer_id = pair.partner
  from (${lostIdentities}) as lost
  join (
    select one as id, other as partner from customer_merges where org_id = $1 and one = any($2::text[])
    union all
    select other, one from customer_merges where org_id = $1 and other = any($2::text[])) as pair
    on pair.id = lost.customer_id
  where i.org_id = $1 and i.ctid = lost.at and exists (
    select from customer_claims c
    where c.org_id = $1 and c.customer_id = pair.partner and lost.value = any(c.identities))`;

const dropUnclaimedIdentities = `
  delete from customer_identities where org_id = $1 and ctid = any(array(select at from (${lostIdentities}) as lost))`;

/** A person's word keeps a customer, an alias or a word that was taken back does not. */
const selectUnclaimed = `
  select x.id from unnest($2::text[]) as x(id)
  where not exists (
    select from customer_claims c
    where c.org_id = $1 and c.customer_id = x.id and c.alias_of is null
      and (c.connection_id <> '' or c.fields <> '{}'))`;

const inheritLinks = `
  update record_links l set customer_id = x.heir
  from (
    select gone.id, min(h.heir) as heir
    from unnest($3::text[]) as gone(id)
    left join json_to_recordset($2::json) as h(id text, heir text) on h.id = gone.id
    group by gone.id) as x
  where l.org_id = $1 and l.customer_id = x.id`;

const dropCustomers = `
  with people as (delete from end_users where org_id = $1 and id = any($2::text[])),
    organisations as (delete from companies where org_id = $1 and id = any($2::text[])),
    merges as (delete from customer_merges where org_id = $1 and (one = any($2::text[]) or other = any($2::text[])))
  delete from customer_claims where org_id = $1 and customer_id = any($2::text[])`;

const peopleOfCompanies = `
  select id from end_users where org_id = $1 and company_id = any($2::text[])`;

const retargetOpen = `
  update record_links l set target = x."to"
  from json_to_recordset($2::json) as x("from" text, "to" text)
  where l.org_id = $1 and l.customer_id is null and l.target = x."from"`;

function inOrder(a: string, b: string): { readonly one: string; readonly other: string } {
  return a < b ? { one: a, other: b } : { one: b, other: a };
}
