import type { Tx } from "../tenant.ts";

/**
 * What was distilled of records' documents is about whom they are about, and for nobody whom they are not for, from the
 * same transaction on (T33).
 */
export async function followSources(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const values = [place.orgId, place.connectionId, place.stream, keys];
  await tx.query(updateDocuments, values);
  await tx.query(deleteLinks, values);
  await tx.query(copyLinks, values);
}

const updateDocuments = `
  update documents d set audience = s.audience, about_somebody = s.about_somebody, occurred_at = s.occurred_at,
    url = s.url, author = s.author
  from documents s
  where s.org_id = $1 and s.connection_id = $2 and s.stream = $3 and s.external_id = any($4::text[])
    and d.org_id = $1 and d.connection_id = $2 and d.stream = 'distilled:' || $3 and d.external_id = s.external_id
    and (d.audience, d.about_somebody, d.occurred_at, d.url, d.author)
      is distinct from (s.audience, s.about_somebody, s.occurred_at, s.url, s.author)`;

const deleteLinks = `
  delete from record_links
  where org_id = $1 and connection_id = $2 and stream = 'distilled:' || $3 and external_id = any($4::text[])`;

const copyLinks = `
  insert into record_links (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select org_id, connection_id, 'distilled:' || stream, external_id, seq, kind, target, customer_id, reason, score
  from record_links where org_id = $1 and connection_id = $2 and stream = $3 and external_id = any($4::text[])`;
