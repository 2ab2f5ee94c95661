import type { Tx } from "../tenant.ts";

export interface DistilledDocumentRow {
  readonly id: string;
  readonly sourceKey: string;
}

/**
 * Takes away what was decided about documents and distilled of them, links included. Returns the documents under
 * `distilled:` that went: their chunks are the caller's to drop, and their keys belong on its receipt.
 */
export async function dropLearned(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
): Promise<readonly DistilledDocumentRow[]> {
  if (ids.length === 0) return [];
  await tx.query(deleteDecisions, [orgId, ids]);
  await unmake(tx, orgId, ids);
  return dropDistilled(tx, orgId, ids, { forget: true });
}

const deleteDecisions = "delete from learning_decisions where org_id = $1 and document_id = any($2::text[])";

/** If it is the distilled document itself that goes, its source is not distilled again by itself. */
async function unmake(tx: Tx, orgId: string, ids: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ document_id: string }>(cancelMade, [orgId, ids]);
  if (rows.length === 0) return;
  const sources = rows.map(({ document_id }) => document_id);
  await tx.query(deleteInsights, [orgId, sources]);
  await tx.query(unmark, [orgId, sources]);
}

const cancelMade = `
  update distillations set distilled_id = null, dropped = 0,
    status = case when status = 'waiting' then 'waiting' else 'cancelled' end
  where org_id = $1 and distilled_id = any($2::text[]) returning document_id`;

const deleteInsights = "delete from insights where org_id = $1 and document_id = any($2::text[])";

const unmark = "update documents set distilled = false where org_id = $1 and id = any($2::text[])";

/** What was distilled of these sources. With `forget` also that it was, or was to be. */
export async function dropDistilled(
  tx: Tx,
  orgId: string,
  sources: readonly string[],
  { forget }: { readonly forget: boolean },
): Promise<readonly DistilledDocumentRow[]> {
  const { rows } = await tx.query<{ distilled_id: string | null }>(selectMade, [orgId, sources]);
  if (rows.length === 0) return [];
  await tx.query(deleteInsights, [orgId, sources]);
  if (forget) await tx.query(deleteDistillations, [orgId, sources]);
  const made = rows.flatMap(({ distilled_id }) => (distilled_id === null ? [] : [distilled_id]));
  if (made.length === 0) return [];
  await tx.query(unmark, [orgId, sources]);
  const gone = await tx.query<{ id: string; source_key: string }>(deleteDocuments, [orgId, made]);
  await tx.query(deleteDecisions, [orgId, made]);
  return gone.rows.map(({ id, source_key }) => ({ id, sourceKey: source_key }));
}

const selectMade = `
  select distilled_id from distillations where org_id = $1 and document_id = any($2::text[]) for update`;

const deleteDistillations = "delete from distillations where org_id = $1 and document_id = any($2::text[])";

const deleteDocuments = `
  with gone as (
    delete from documents where org_id = $1 and id = any($2::text[])
    returning id, source_key, connection_id, stream, external_id
  ), unlinked as (
    delete from record_links l using gone
    where l.org_id = $1 and l.connection_id = gone.connection_id and l.stream = gone.stream
      and l.external_id = gone.external_id and gone.stream like 'distilled:%'
  )
  select id, source_key from gone`;

/** Links of documents under `distilled:` that somebody else deleted. */
export async function dropDistilledLinks(
  tx: Tx,
  orgId: string,
  rows: readonly {
    readonly connection_id: string | null;
    readonly stream: string | null;
    readonly external_id: string | null;
  }[],
): Promise<void> {
  const own = rows.filter(({ stream }) => stream?.startsWith("distilled:"));
  if (own.length === 0) return;
  await tx.query(deleteLinks, [
    orgId,
    own.map(({ connection_id }) => connection_id),
    own.map(({ stream }) => stream),
    own.map(({ external_id }) => external_id),
  ]);
}

const deleteLinks = `
  delete from record_links l using unnest($2::text[], $3::text[], $4::text[]) as k(connection_id, stream, external_id)
  where l.org_id = $1 and l.connection_id = k.connection_id and l.stream = k.stream and l.external_id = k.external_id`;
