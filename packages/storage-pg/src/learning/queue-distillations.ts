import { dropChunks } from "../knowledge/drop-chunks.ts";
import { writeReceipt } from "../knowledge/receipts.ts";
import type { Tx } from "../tenant.ts";
import { dropDistilled } from "./drop-learned.ts";

/**
 * What was distilled of another text goes; a document whose key is new waits to be distilled. True: somebody has to be
 * woken for it.
 */
export async function queueDistillations(
  tx: Tx,
  orgId: string,
  documents: readonly {
    readonly documentId: string;
    readonly textHash: string;
    readonly key: string | undefined;
  }[],
  at: Date,
): Promise<boolean> {
  if (documents.length === 0) return false;
  const ids = documents.map(({ documentId }) => documentId);
  const { rows } = await tx.query<{ document_id: string; key: string; text_hash: string }>(selectKnown, [
    orgId,
    ids,
  ]);
  const known = new Map(rows.map((row) => [row.document_id, row]));
  const changed = documents.filter(({ documentId, textHash }) => {
    const hash = known.get(documentId)?.text_hash;
    return hash !== undefined && hash !== textHash;
  });
  if (changed.length > 0) {
    const gone = await dropDistilled(
      tx,
      orgId,
      changed.map(({ documentId }) => documentId),
      { forget: true },
    );
    for (const { documentId } of changed) known.delete(documentId);
    const chunks = await dropChunks(
      tx,
      orgId,
      gone.map(({ id }) => id),
    );
    const keys = gone.map(({ sourceKey }) => sourceKey);
    if (keys.length > 0)
      await writeReceipt(tx, orgId, { documents: keys, ...chunks }, "its source changed", at);
  }
  const queued = documents.filter(
    ({ documentId, key }) => key !== undefined && known.get(documentId)?.key !== key,
  );
  if (queued.length === 0) return false;
  await tx.query(upsertQueued, [orgId, JSON.stringify(queued)]);
  return true;
}

const selectKnown = `
  select document_id, key, text_hash from distillations
  where org_id = $1 and document_id = any($2::text[]) for update`;

const upsertQueued = `
  insert into distillations (org_id, document_id, key, text_hash, status)
  select $1, x."documentId", x.key, x."textHash", 'waiting'
  from json_to_recordset($2::json) as x("documentId" text, key text, "textHash" text)
  on conflict (org_id, document_id) do update set key = excluded.key, text_hash = excluded.text_hash,
    status = 'waiting', attempts = 0, failure = null, next_attempt_at = null`;
