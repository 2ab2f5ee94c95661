import type { IndexedDocument, Lease } from "@halo/core";
import { queueDistillations } from "../learning/queue-distillations.ts";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door, Tx } from "../tenant.ts";
import { dropChunks } from "./drop-chunks.ts";
import { type PostedChunk, writeSegment } from "./postings.ts";
import { requireSpace, type SpaceTable } from "./space.ts";

/** Swaps the chunks, terms and vectors of documents, all in one transaction (F05). Returns how many were swapped. */
export async function replaceDocuments(
  door: Door,
  space: SpaceTable | undefined,
  lease: Lease,
  documents: readonly IndexedDocument[],
  at: Date,
): Promise<number> {
  if (documents.length === 0) return 0;
  for (const { chunks } of documents) {
    for (const { vectors } of chunks) for (const vector of vectors) if (space) requireSpace(space, vector);
  }
  const { orgId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    await lookUpByIndex(tx);
    const current = await lockCurrent(tx, orgId, documents);
    if (current.length === 0) return 0;
    await dropChunks(
      tx,
      orgId,
      current.map(({ id }) => id),
    );
    const posted = await writeChunks(tx, orgId, space, current);
    await writeSegment(tx, orgId, posted);
    await tx.query(markIndexed, [
      orgId,
      at,
      JSON.stringify(current.map(({ id, text, cleanerVersion }) => ({ id, text, cleaner: cleanerVersion }))),
    ]);
    const distilled = current.flatMap(({ distil, id }) => (distil ? [{ documentId: id, ...distil }] : []));
    if (await queueDistillations(tx, orgId, distilled, at))
      await wakeIn(tx, [{ kind: "distil", orgId, subject: orgId }]);
    return current.length;
  });
}

/** Those that are still what was indexed; the others are waiting again already. */
async function lockCurrent(
  tx: Tx,
  orgId: string,
  documents: readonly IndexedDocument[],
): Promise<readonly IndexedDocument[]> {
  const { rows } = await tx.query<{ id: string; revision: number }>(lockDocuments, [
    orgId,
    documents.map(({ id }) => id),
  ]);
  const revisions = new Map(rows.map(({ id, revision }) => [id, revision]));
  return documents.filter(({ id, revision }) => revisions.get(id) === revision);
}

/** In the order in which pages lock them. */
const lockDocuments = `
  select d.id, d.revision from (
    select d.id, d.connection_id, d.stream, d.external_id from unnest($2::text[]) as k(id)
    cross join lateral (
      select id, connection_id, stream, external_id from documents where org_id = $1 and id = k.id offset 0) as d
    order by d.connection_id, d.stream, d.external_id) as k
  cross join lateral (
    select id, revision from documents where org_id = $1 and id = k.id for update) as d`;

async function writeChunks(
  tx: Tx,
  orgId: string,
  space: SpaceTable | undefined,
  documents: readonly IndexedDocument[],
): Promise<readonly PostedChunk[]> {
  const count = documents.reduce((sum, { chunks }) => sum + chunks.length, 0);
  if (count === 0) return [];
  const { rows } = await tx.query<{ ids: number[] }>(takeIds, [count]);
  const ids = (rows[0]?.ids ?? []).map(Number);
  const posted: PostedChunk[] = [];
  const chunks: unknown[] = [];
  const vectors: { id: number; piece: number; vector: Float32Array }[] = [];
  for (const document of documents) {
    for (const chunk of document.chunks) {
      const id = ids[posted.length] ?? 0;
      posted.push({ id, length: chunk.length, terms: chunk.terms });
      const { index, start, end, hash, length } = chunk;
      chunks.push({ id, document: document.id, index, start, end, hash, length });
      chunk.vectors.forEach((vector, piece) => {
        vectors.push({ id, piece, vector });
      });
    }
  }
  await tx.query(insertChunks, [orgId, JSON.stringify(chunks)]);
  if (space && vectors.length > 0) await writeVectors(tx, orgId, space, vectors);
  return posted;
}

const takeIds = "select array_agg(nextval('chunk_ids')) as ids from generate_series(1, $1)";

const insertChunks = `
  insert into chunks (org_id, id, document_id, index, start, "end", hash, length)
  select $1, x.id, x.document, x.index, x.start, x."end", x.hash, x.length
  from json_to_recordset($2::json) as x(id bigint, document text, index integer, start integer, "end" integer,
    hash text, length integer)`;

/** Of chunks that have none in this space yet. */
export async function writeVectors(
  tx: Tx,
  orgId: string,
  space: SpaceTable,
  vectors: readonly { readonly id: number; readonly piece: number; readonly vector: Float32Array }[],
): Promise<void> {
  const value = space.kind === "vector" ? "x.value::vector" : "decode(x.value, 'base64')";
  await tx.query(
    `insert into ${space.table} (org_id, chunk_id, piece, embedding)
     select $1, x.id, x.piece, ${value}
     from unnest($2::bigint[], $3::smallint[], $4::text[]) as x(id, piece, value)`,
    [
      orgId,
      vectors.map(({ id }) => id),
      vectors.map(({ piece }) => piece),
      vectors.map(({ vector }) => (space.kind === "vector" ? vectorText(vector) : vectorBase64(vector))),
    ],
  );
}

function vectorText(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}

function vectorBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

const markIndexed = `
  with found as materialized (
    select d.ctid as at, x.text, x.cleaner
    from json_to_recordset($3::json) as x(id text, text text, cleaner text)
    cross join lateral (select ctid from documents where org_id = $1 and id = x.id offset 0) as d)
  update documents d set status = 'indexed', text = found.text, body = null, cleaner_version = found.cleaner,
    indexed_at = $2, attempts = 0, next_attempt_at = null, reason = null
  from found where d.org_id = $1 and d.ctid = found.at`;
