import type { ClaimRow } from "@halo/core";
import { type Column, columns, float32, int32, json, text, textArray, time } from "../pages/columns.ts";
import type { Mood } from "../pages/commit.ts";
import type { Tx } from "../tenant.ts";
import { identityKey, type MatchedClaim, type MatchedClaims, matchClaims } from "./match-claims.ts";
import { identityTarget, refTarget } from "./targets.ts";
import { foldCustomers, writeFolded } from "./write-customers.ts";
import { type RecordLinks, relink, writeLinks } from "./write-links.ts";

export interface ChangedRecord extends RecordLinks {
  readonly claim: ClaimRow | undefined;
  /** ISO 8601, in UTC: the record's version. */
  readonly updatedAt: string;
}

export interface Place {
  readonly orgId: string;
  readonly connectionId: string;
  readonly stream: string;
}

/**
 * Claims and links of records that were written, in one go: matches, folds, links what waited for them. `known`: the
 * records of these that were stored before. Returns true when two stored customers turned out to be one.
 */
export async function applyClaims(
  tx: Tx,
  place: Place,
  records: readonly ChangedRecord[],
  known: readonly string[],
  at: Date,
  mood: Mood,
): Promise<boolean> {
  const { orgId, connectionId, stream } = place;
  const claiming = records.flatMap(({ key, claim, updatedAt }) => (claim ? [{ key, claim, updatedAt }] : []));
  const links = records.map(({ key, claim, links }) => ({ key, links: withCompany(links, claim) }));
  if (claiming.length === 0) {
    await writeLinks(tx, place, links, known);
    return false;
  }

  const values = new Set(claiming.flatMap(({ claim }) => claim.identities));
  const before = await readClaims(tx, place, known);
  const byIdentity = await readIdentities(
    tx,
    orgId,
    [...new Set(claiming.map(({ claim }) => claim.kind))],
    [...values],
  );
  const matched = matchClaims(claiming, { byRecord: before, byIdentity });
  if (matched.identities.length > 0) {
    await tx.send(mood === "hopeful" ? insertIdentities : addIdentities, [
      orgId,
      ...columns(matched.identities, identityColumns),
    ]);
  }
  const versions = new Map(claiming.map(({ key, updatedAt }) => [key, updatedAt]));
  const stored = new Set(mood === "hopeful" ? known : keysOf(claiming));
  const [old, added] = [true, false].map((is) => matched.claims.filter(({ key }) => stored.has(key) === is));
  await writeClaims(tx, place, insertClaims, added ?? [], versions);
  await writeClaims(tx, place, upsertClaims, old ?? [], versions);
  if (matched.merges.length > 0) await tx.send(askForMerges, [orgId, JSON.stringify(matched.merges), at]);
  const left = await dropLostIdentities(tx, orgId, before, matched.claims);

  const appeared = matched.claims.filter(({ key }) => !before.has(key));
  const isNews = appeared.length > 0 || matched.identities.length > 0;
  const news = (kinds: ReadonlySet<string>) => [
    ...appeared
      .filter(({ claim }) => kinds.has(claim.kind))
      .map(({ key, claim, customerId }) => ({
        kind: claim.kind,
        target: refTarget(connectionId, stream, key),
        customerId,
      })),
    ...matched.identities
      .filter(({ kind }) => kinds.has(kind))
      .map(({ kind, value, customerId }) => ({ kind, target: identityTarget(value), customerId })),
  ];
  const gained = isNews ? await relink(tx, orgId, news) : [];
  const companies = await writeLinks(tx, place, links, known);

  // New customers have only the claims of this page; for the others all claims count.
  const fresh = matched.claims.filter(({ customerId }) => matched.created.has(customerId));
  const touched = new Set([...matched.claims.map(({ customerId }) => customerId), ...left]);
  await writeFolded(
    tx,
    orgId,
    fresh.map(({ key, claim, customerId }) => ({
      kind: claim.kind,
      customerId,
      rank: claim.rank,
      updatedAt: versions.get(key) ?? "",
      source: claim.source,
      identities: claim.identities,
      fields: claim.fields,
      custom: claim.custom,
    })),
    at,
    companies,
    mood === "hopeful",
  );
  for (const id of await peopleOf(tx, orgId, gained)) touched.add(id);
  const others = [...touched].filter((id) => !matched.created.has(id));
  await foldCustomers(tx, orgId, others.sort(), at);
  return matched.merges.length > 0;
}

function keysOf(records: readonly { readonly key: string }[]): readonly string[] {
  return records.map(({ key }) => key);
}

/** A person's company is a link of their record, so that it is found later like any other. */
function withCompany(links: RecordLinks["links"], claim: ClaimRow | undefined): RecordLinks["links"] {
  const company = claim?.company;
  if (!company) return links;
  const named = links.some(({ kind, identity }) => kind === "company" && identity === company.domain);
  return [
    ...links,
    ...(company.ref ? [{ kind: "company", ref: company.ref, reason: "association", score: 1 } as const] : []),
    // Whoever says so says it with more right than the address.
    ...(company.domain && !named
      ? [{ kind: "company", identity: company.domain, reason: "email_domain", score: 0.6 } as const]
      : []),
  ];
}

/** Whose records these are: their company may be known now. */
async function peopleOf(
  tx: Tx,
  orgId: string,
  records: readonly { connection_id: string; stream: string; external_id: string }[],
): Promise<readonly string[]> {
  if (records.length === 0) return [];
  const { rows } = await tx.query<{ customer_id: string }>(selectPeople, [orgId, JSON.stringify(records)]);
  return rows.map(({ customer_id }) => customer_id);
}

async function readClaims(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  keys: readonly string[],
): Promise<Map<string, { kind: string; customerId: string; identities: readonly string[] }>> {
  if (keys.length === 0) return new Map();
  const { rows } = await tx.query<{ key: string; kind: string; customer_id: string; identities: string[] }>(
    selectClaims,
    [orgId, connectionId, stream, keys],
  );
  return new Map(
    rows.map(({ key, kind, customer_id, identities }) => [
      key,
      { kind, customerId: customer_id, identities },
    ]),
  );
}

async function readIdentities(
  tx: Tx,
  orgId: string,
  kinds: readonly string[],
  values: readonly string[],
): Promise<Map<string, string>> {
  if (values.length === 0) return new Map();
  const { rows } = await tx.query<{ kind: string; value: string; customer_id: string }>(selectIdentities, [
    orgId,
    kinds,
    values,
  ]);
  return new Map(rows.map(({ kind, value, customer_id }) => [identityKey(kind, value), customer_id]));
}

async function writeClaims(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  statement: string,
  claims: readonly MatchedClaim[],
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  if (claims.length === 0) return;
  const rows = columns(
    claims.map((claim) => ({ ...claim, updatedAt: versions.get(claim.key) })),
    claimColumns,
  );
  await tx.send(statement, [orgId, connectionId, stream, ...rows]);
}

const identityColumns: readonly Column<MatchedClaims["identities"][number]>[] = [
  text(({ kind }) => kind),
  text(({ value }) => value),
  text(({ customerId }) => customerId),
];

/** In the order of the statements' parameters. */
const claimColumns: readonly Column<MatchedClaim & { readonly updatedAt: string | undefined }>[] = [
  text(({ key }) => key),
  text(({ claim }) => claim.kind),
  text(({ customerId }) => customerId),
  int32(({ claim }) => claim.rank),
  text(({ claim }) => claim.source),
  time(({ updatedAt }) => (updatedAt === undefined ? undefined : new Date(updatedAt))),
  text(({ reason }) => reason),
  float32(({ score }) => score),
  text(({ claim }) => textArray(claim.identities)),
  json(({ claim }) => JSON.stringify(claim.fields)),
  json(({ claim }) => JSON.stringify(claim.custom)),
];

/** An address that a record no longer names, and no other record of the same customer either, is nobody's again. */
async function dropLostIdentities(
  tx: Tx,
  orgId: string,
  before: ReadonlyMap<string, { kind: string; customerId: string; identities: readonly string[] }>,
  now: readonly MatchedClaim[],
): Promise<readonly string[]> {
  const lost: { kind: string; value: string; customerId: string }[] = [];
  const left: string[] = [];
  for (const { key, claim, customerId } of now) {
    const old = before.get(key);
    if (!old) continue;
    if (old.customerId !== customerId) left.push(old.customerId);
    const kept = new Set(old.customerId === customerId ? claim.identities : []);
    for (const value of old.identities) {
      if (!kept.has(value)) lost.push({ kind: old.kind, value, customerId: old.customerId });
    }
  }
  if (lost.length > 0) await tx.send(dropIdentities, [orgId, JSON.stringify(lost)]);
  return left;
}

const selectClaims = `
  select k.key, c.kind, c.customer_id, c.identities from unnest($4::text[]) as k(key)
  cross join lateral (
    select kind, customer_id, identities from customer_claims
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as c`;

const selectIdentities = `
  select i.kind, i.value, i.customer_id
  from unnest($2::text[]) as k(kind) cross join unnest($3::text[]) as v(value)
  cross join lateral (
    select kind, value, customer_id from customer_identities
    where org_id = $1 and kind = k.kind and value = v.value offset 0) as i`;

const insertIdentities = `
  insert into customer_identities (org_id, kind, value, customer_id)
  select $1, x.kind, x.value, x."customerId"
  from unnest($2::text[], $3::text[], $4::text[]) as x(kind, value, "customerId")`;

const addIdentities = `${insertIdentities}
  on conflict (org_id, kind, value) do nothing`;

const insertClaims = `
  insert into customer_claims (org_id, connection_id, stream, external_id, kind, customer_id, rank, source,
    source_updated_at, reason, score, identities, fields, custom)
  select $1, $2, $3, x.key, x.kind, x.customer, x.rank, x.source, x.updated, x.reason, x.score,
    x.identities::text[], x.fields, x.custom
  from unnest($4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::timestamptz[], $10::text[],
    $11::real[], $12::text[], $13::jsonb[], $14::jsonb[])
    as x(key, kind, customer, rank, source, updated, reason, score, identities, fields, custom)`;

const upsertClaims = `${insertClaims}
  on conflict (org_id, connection_id, stream, external_id) do update set
    kind = excluded.kind, customer_id = excluded.customer_id, alias_of = null, rank = excluded.rank,
    source = excluded.source, source_updated_at = excluded.source_updated_at, reason = excluded.reason,
    score = excluded.score, identities = excluded.identities, fields = excluded.fields, custom = excluded.custom`;

export const askForMerges = `
  insert into customer_merges (org_id, kind, one, other, reason, asked_at)
  select $1, x.kind, x.one, x.other, case x.kind when 'end_user' then 'email' else 'domain' end, $3
  from json_to_recordset($2::json) as x(kind text, one text, other text)
  on conflict do nothing`;

const dropIdentities = `
  delete from customer_identities i
  using json_to_recordset($2::json) as x(kind text, value text, "customerId" text)
  where i.org_id = $1 and i.kind = x.kind and i.value = x.value and i.customer_id = x."customerId"
    and not exists (
      select from customer_claims c
      where c.org_id = $1 and c.customer_id = i.customer_id and i.value = any(c.identities))`;

const selectPeople = `
  select distinct c.customer_id
  from json_to_recordset($2::json) as x(connection_id text, stream text, external_id text)
  cross join lateral (
    select customer_id from customer_claims
    where org_id = $1 and connection_id = x.connection_id and stream = x.stream and external_id = x.external_id
      and kind = 'end_user' offset 0) as c`;
