import type { DistilledDocument, Lease } from "@halo/core";
import { dropChunks } from "../knowledge/drop-chunks.ts";
import { writeReceipt } from "../knowledge/receipts.ts";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door, Tx } from "../tenant.ts";
import { followSources } from "./follow-source.ts";

interface SourceRow {
  readonly connection_id: string;
  readonly stream: string;
  readonly external_id: string;
}

/** Swaps what was distilled of a document, whole, if it is still wanted. */
export async function storeDistilled(
  door: Door,
  lease: Lease,
  result: DistilledDocument,
  at: Date,
): Promise<boolean> {
  const { orgId } = lease;
  const { calls, documentId, dropped, insights, key, model, ruleVersion } = result;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    await lookUpByIndex(tx);
    const { rows } = await tx.query<SourceRow>(lockSource, [orgId, documentId, result.revision]);
    const [source] = rows;
    if (!source) return false;
    const wanted = await tx.query<{ distilled_id: string | null }>(lockWanted, [orgId, documentId, key]);
    const [known] = wanted.rows;
    if (!known) return false;
    await tx.query(deleteInsights, [orgId, documentId]);
    await tx.query(insertInsights, [orgId, documentId, JSON.stringify(insights)]);
    const made = await storeDocument(tx, orgId, source, known.distilled_id ?? undefined, result, at);
    await tx.query(markDone, [orgId, documentId, dropped, calls, model, ruleVersion, at, made ?? null]);
    await tx.query(markSource, [orgId, documentId, made !== undefined]);
    if (made !== undefined) await wakeIn(tx, [{ kind: "index", orgId, subject: orgId }]);
    return true;
  });
}

const lockSource = `
  select connection_id, stream, external_id from documents
  where org_id = $1 and id = $2 and revision = $3 for update`;

const lockWanted = `
  select distilled_id from distillations
  where org_id = $1 and document_id = $2 and key = $3 and status = 'waiting' for update`;

const deleteInsights = "delete from insights where org_id = $1 and document_id = $2";

const insertInsights = `
  insert into insights (org_id, id, document_id, kind, summary, quote, start, "end")
  select $1, x.id, $2, x.kind, x.summary, x.quote, x.start, x."end"
  from json_to_recordset($3::json) as x(id text, kind text, summary text, quote text, start integer, "end" integer)`;

const markDone = `
  update distillations set status = 'done', attempts = 0, failure = null, next_attempt_at = null, dropped = $3,
    calls = $4, model = $5, rule_version = $6, distilled_at = $7, distilled_id = $8
  where org_id = $1 and document_id = $2`;

const markSource = "update documents set distilled = $3 where org_id = $1 and id = $2";

/** The document under `distilled:`; its id, or undefined when there is none. */
async function storeDocument(
  tx: Tx,
  orgId: string,
  source: SourceRow,
  known: string | undefined,
  { document, documentId }: DistilledDocument,
  at: Date,
): Promise<string | undefined> {
  const { connection_id, external_id, stream } = source;
  const place = { orgId, connectionId: connection_id, stream };
  if (document === undefined) {
    if (known === undefined) return undefined;
    const { rows } = await tx.query<{ source_key: string }>(deleteDocument, [orgId, known]);
    const dropped = await dropChunks(tx, orgId, [known]);
    await tx.query(deleteLinks, [orgId, connection_id, `distilled:${stream}`, external_id]);
    const documents = rows.map(({ source_key }) => source_key);
    const reason = "nothing is distilled of it any more";
    if (documents.length > 0) await writeReceipt(tx, orgId, { documents, ...dropped }, reason, at);
    return undefined;
  }
  const { body, hash, id, title } = document;
  const { rows } = await tx.query<{ id: string }>(upsertDocument, [
    orgId,
    documentId,
    id,
    title,
    body,
    hash,
    at,
  ]);
  await followSources(tx, place, [external_id]);
  return rows[0]?.id;
}

const deleteDocument = "delete from documents where org_id = $1 and id = $2 returning source_key";

const deleteLinks = `
  delete from record_links where org_id = $1 and connection_id = $2 and stream = $3 and external_id = $4`;

/** As it was, if it says what it said: then it is not indexed again. */
const upsertDocument = `
  insert into documents as d (org_id, connection_id, stream, external_id, queued_at, status, id, source_key, kind,
    title, body, format, audience, about_somebody, occurred_at, url, author, hash, priority)
  select s.org_id, s.connection_id, 'distilled:' || s.stream, s.external_id, $7, 'pending', $3,
    'distilled:' || s.source_key, 'insights', $4, $5, 'text', s.audience, s.about_somebody, s.occurred_at, s.url,
    s.author, $6, s.priority
  from documents s where s.org_id = $1 and s.id = $2
  on conflict (org_id, connection_id, stream, external_id) do update set
    source_key = excluded.source_key, title = excluded.title,
    queued_at = case when d.hash = excluded.hash then d.queued_at else excluded.queued_at end,
    status = case when d.hash = excluded.hash then d.status else 'pending' end,
    body = case when d.hash = excluded.hash then d.body else excluded.body end,
    revision = case when d.hash = excluded.hash then d.revision else d.revision + 1 end,
    attempts = case when d.hash = excluded.hash then d.attempts else 0 end,
    next_attempt_at = case when d.hash = excluded.hash then d.next_attempt_at end,
    reason = case when d.hash = excluded.hash then d.reason end,
    hash = excluded.hash
  returning d.id`;
