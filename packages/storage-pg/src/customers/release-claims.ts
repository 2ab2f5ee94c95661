import type { Tx } from "../tenant.ts";
import type { Place } from "./apply-claims.ts";
import { refTarget } from "./targets.ts";
import { foldCustomers, setCompanies } from "./write-customers.ts";
import { dropLinks, relink } from "./write-links.ts";

export interface ReleasedRecord {
  readonly key: string;
  /** The record that it was merged into at the vendor. */
  readonly mergedInto: string | undefined;
}

/**
 * Takes the effect of records' links and claims away. A customer whom nobody claims any more goes; what was linked to
 * them waits again, or, if the record was merged into another, belongs to that one's customer.
 */
export async function releaseClaims(
  tx: Tx,
  place: Place,
  records: readonly ReleasedRecord[],
  at: Date,
): Promise<void> {
  if (records.length === 0) return;
  const { orgId, connectionId, stream } = place;
  const keys = records.map(({ key }) => key);
  await dropLinks(tx, place, keys);
  const { rows: released } = await tx.query<Released>(deleteClaims, [orgId, connectionId, stream, keys]);
  const heirs = await writeAliases(tx, place, records, released);
  if (released.length === 0) return;

  const touched = [...new Set(released.map(({ customer_id }) => customer_id))].sort();
  await tx.query(dropUnclaimedIdentities, [orgId, touched]);
  const { rows: gone } = await tx.query<{ id: string; kind: string }>(selectUnclaimed, [orgId, touched]);
  const goneIds = new Set(gone.map(({ id }) => id));
  const people = new Set<string>();
  if (gone.length > 0) {
    const inherited = released.flatMap(({ key, customer_id }) => {
      const heir = heirs.get(key);
      return heir !== undefined && goneIds.has(customer_id) ? [{ id: customer_id, heir }] : [];
    });
    // Links without an heir wait again: for the vendor to bring the record back, or for another to claim the address.
    await tx.query(inheritLinks, [orgId, JSON.stringify(inherited), [...goneIds]]);
    await tx.query(dropCustomers, [orgId, [...goneIds]]);
    const { rows } = await tx.query<{ id: string }>(peopleOfCompanies, [orgId, [...goneIds]]);
    for (const { id } of rows) people.add(id);
    await relinkByRef(tx, orgId, place, keys, heirs);
  }
  const staying = touched.filter((id) => !goneIds.has(id));
  await foldCustomers(tx, orgId, staying, at);
  await setCompanies(tx, orgId, [...new Set([...staying, ...people])].sort(), at);
}

interface Released {
  readonly key: string;
  readonly kind: string;
  readonly customer_id: string;
  readonly alias_of: string | null;
}

/** What still names the merged record finds the surviving one's customer. */
async function writeAliases(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  records: readonly ReleasedRecord[],
  released: readonly Released[],
): Promise<ReadonlyMap<string, string>> {
  const merged = records.filter(({ mergedInto }) => mergedInto !== undefined);
  if (merged.length === 0) return new Map();
  const { rows } = await tx.query<{ key: string; customer_id: string }>(insertAliases, [
    orgId,
    connectionId,
    stream,
    JSON.stringify(merged),
  ]);
  // An alias that led to one of these leads on.
  const chained = released.length > 0 ? rows.map(({ key, customer_id }) => ({ key, customer_id })) : [];
  if (chained.length > 0) {
    await tx.query(moveAliases, [orgId, connectionId, stream, JSON.stringify(chained)]);
  }
  return new Map(rows.map(({ key, customer_id }) => [key, customer_id]));
}

/** Links of others that waited for the merged record by name. */
async function relinkByRef(
  tx: Tx,
  orgId: string,
  { connectionId, stream }: Place,
  keys: readonly string[],
  heirs: ReadonlyMap<string, string>,
): Promise<void> {
  const found = keys.flatMap((key) => {
    const customerId = heirs.get(key);
    if (customerId === undefined) return [];
    const target = refTarget(connectionId, stream, key);
    return [
      { kind: "end_user", target, customerId },
      { kind: "company", target, customerId },
    ];
  });
  await relink(tx, orgId, found);
}

const deleteClaims = `
  delete from customer_claims
  where org_id = $1 and connection_id = $2 and stream = $3 and external_id = any($4::text[])
  returning external_id as key, kind, customer_id, alias_of`;

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

const dropUnclaimedIdentities = `
  delete from customer_identities i
  where i.org_id = $1 and i.customer_id = any($2::text[]) and not exists (
    select from customer_claims c
    where c.org_id = $1 and c.customer_id = i.customer_id and i.value = any(c.identities))`;

/** A person's word keeps a customer, an alias or a word that was taken back does not. */
const selectUnclaimed = `
  select x.id, coalesce((select 'end_user' from end_users u where u.org_id = $1 and u.id = x.id), 'company') as kind
  from unnest($2::text[]) as x(id)
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
