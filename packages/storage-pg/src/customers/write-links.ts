import type { LinkRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { linkTarget } from "./targets.ts";

export interface RecordLinks {
  readonly key: string;
  readonly links: readonly LinkRow[];
}

/**
 * Stores all links of records, each with its customer where that is known already. `known`: what had links before.
 * Returns whether a company was among those that are known.
 */
export async function writeLinks(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  records: readonly RecordLinks[],
  known: readonly string[],
): Promise<boolean> {
  const { orgId, connectionId, stream } = place;
  await dropLinks(tx, place, known);
  const rows: string[] = [];
  for (const { key, links } of records) {
    links.forEach((link, seq) => {
      rows.push(
        JSON.stringify({
          key,
          seq,
          kind: link.kind,
          target: linkTarget(connectionId, link),
          stream: link.ref?.stream,
          ref: link.ref?.key,
          identity: link.identity,
          reason: link.reason,
          score: link.score,
        }),
      );
    });
  }
  if (rows.length === 0) return false;
  const values = [orgId, connectionId, stream, `[${rows.join(",")}]`];
  const stored = await tx.query<{ found: boolean }>(insertLinks, values);
  return stored.rows[0]?.found === true;
}

export async function dropLinks(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(deleteLinks, [place.orgId, place.connectionId, place.stream, keys]);
}

const deleteLinks = `
  delete from record_links
  where org_id = $1 and ctid = any(array(
    select l.ctid from unnest($4::text[]) as k(key)
    cross join lateral (
      select ctid from record_links
      where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as l))`;

const insertLinks = `
  with made as (
  insert into record_links
    (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select $1, $2, $3, x.key, x.seq, x.kind, x.target, coalesce(c.customer_id, i.customer_id), x.reason, x.score
  from json_to_recordset($4::json) as x(
    key text, seq smallint, kind text, target text, stream text, ref text, identity text, reason text, score real)
  left join lateral (
    select customer_id from customer_claims
    where org_id = $1 and connection_id = $2 and stream = x.stream and external_id = x.ref and kind = x.kind
    offset 0) as c on true
  left join lateral (
    select customer_id from customer_identities
    where org_id = $1 and kind = x.kind and value = x.identity offset 0) as i on true
  returning kind, customer_id)
  select coalesce(bool_or(kind = 'company' and customer_id is not null), false) as found from made`;

/** Links that waited for a customer who is known now. Returns the records of those that name a company. */
export async function relink(
  tx: Tx,
  orgId: string,
  found: readonly { readonly kind: string; readonly target: string; readonly customerId: string }[],
): Promise<readonly { connection_id: string; stream: string; external_id: string }[]> {
  if (found.length === 0) return [];
  const { rows: waiting } = await tx.query<{ kind: string }>(selectWaiting, [orgId]);
  const kinds = new Set(waiting.map(({ kind }) => kind));
  const wanted = found.filter(({ kind }) => kinds.has(kind));
  if (wanted.length === 0) return [];
  const { rows } = await tx.query<{ connection_id: string; stream: string; external_id: string }>(
    relinkOpen,
    [orgId, JSON.stringify(wanted)],
  );
  return rows;
}

/** Which kinds have links that wait at all: in a first sync none do for long stretches. */
const selectWaiting = `
  select k.kind from (values ('company'), ('end_user')) as k(kind)
  cross join lateral (
    select from record_links where org_id = $1 and customer_id is null and kind = k.kind limit 1) as l`;

const relinkOpen = `
  with found as materialized (
    select l.ctid as at, x."customerId" as customer_id
    from json_to_recordset($2::json) as x(kind text, target text, "customerId" text)
    cross join lateral (
      select ctid from record_links
      where org_id = $1 and customer_id is null and target = x.target and kind = x.kind offset 0) as l
  ), linked as (
    update record_links l set customer_id = found.customer_id from found
    where l.org_id = $1 and l.ctid = found.at
    returning l.kind, l.connection_id, l.stream, l.external_id
  )
  select distinct connection_id, stream, external_id from linked where kind = 'company'`;
