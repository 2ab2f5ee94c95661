import type { LinkRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { linkTarget } from "./targets.ts";

export interface RecordLinks {
  readonly key: string;
  readonly links: readonly LinkRow[];
}

/** Stores all links of records, each with its customer where that is known already. `known`: what had links before. */
export async function writeLinks(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  records: readonly RecordLinks[],
  known: readonly string[],
): Promise<void> {
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
  if (rows.length === 0) return;
  await tx.query(insertLinks, [orgId, connectionId, stream, `[${rows.join(",")}]`]);
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
  where org_id = $1 and connection_id = $2 and stream = $3 and external_id = any($4::text[])`;

const insertLinks = `
  insert into record_links
    (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select $1, $2, $3, x.key, x.seq, x.kind, x.target, coalesce(c.customer_id, i.customer_id), x.reason, x.score
  from json_to_recordset($4::json) as x(
    key text, seq smallint, kind text, target text, stream text, ref text, identity text, reason text, score real)
  left join customer_claims c
    on c.org_id = $1 and c.connection_id = $2 and c.stream = x.stream and c.external_id = x.ref and c.kind = x.kind
  left join customer_identities i on i.org_id = $1 and i.kind = x.kind and i.value = x.identity`;

/** Links that waited for a customer who is known now. Returns the records of those that name a company. */
export async function relink(
  tx: Tx,
  orgId: string,
  found: readonly { readonly kind: string; readonly target: string; readonly customerId: string }[],
): Promise<readonly { connection_id: string; stream: string; external_id: string }[]> {
  if (found.length === 0) return [];
  const { rows } = await tx.query<{ connection_id: string; stream: string; external_id: string }>(
    relinkOpen,
    [orgId, JSON.stringify(found)],
  );
  return rows;
}

const relinkOpen = `
  with found as materialized (
    select * from json_to_recordset($2::json) as x(kind text, target text, "customerId" text)
  ), linked as (
    update record_links l set customer_id = found."customerId"
    from found
    where l.org_id = $1 and l.customer_id is null and l.target = found.target and l.kind = found.kind
    returning l.kind, l.connection_id, l.stream, l.external_id
  )
  select distinct connection_id, stream, external_id from linked where kind = 'company'`;
