import type { Tx } from "../tenant.ts";

export interface DroppedChunks {
  readonly chunks: number;
  readonly vectors: number;
}

/**
 * Takes the chunks of documents away, with their vectors in every space. Their entries in the postings lead nowhere
 * from then on, and go when segments are folded.
 */
export async function dropChunks(
  tx: Tx,
  orgId: string,
  documentIds: readonly string[],
): Promise<DroppedChunks> {
  if (documentIds.length === 0) return { chunks: 0, vectors: 0 };
  const { rows } = await tx.query<{ id: number; length: number }>(deleteChunks, [orgId, documentIds]);
  if (rows.length === 0) return { chunks: 0, vectors: 0 };
  const ids = rows.map(({ id }) => id);
  let vectors = 0;
  for (const table of await vectorTables(tx)) {
    const { count } = await tx.query(deleteVectors(table), [orgId, ids]);
    vectors += count;
  }
  const length = rows.reduce((sum, row) => sum + row.length, 0);
  await tx.query(insertRemoval, [orgId, -rows.length, -length]);
  return { chunks: rows.length, vectors };
}

const deleteChunks = `
  delete from chunks
  where org_id = $1 and ctid = any(array(
    select c.ctid from unnest($2::text[]) as k(id)
    cross join lateral (select ctid from chunks where org_id = $1 and document_id = k.id offset 0) as c))
  returning id, length`;

/** A segment of no entries: what it counts is taken off the org's totals. */
const insertRemoval = `
  insert into posting_segments (org_id, id, level, chunks, length)
  values ($1, nextval('chunk_ids'), -1, $2, $3)`;

function deleteVectors(table: string): string {
  return `
    delete from ${table}
    where org_id = $1 and ctid = any(array(
      select v.ctid from unnest($2::bigint[]) as k(id)
      cross join lateral (select ctid from ${table} where org_id = $1 and chunk_id = k.id offset 0) as v))`;
}

/** Of every space that there is or was: what is deleted is deleted in all of them. */
async function vectorTables(tx: Tx): Promise<readonly string[]> {
  const { rows } = await tx.query<{ name: string }>(selectTables);
  return rows.map(({ name }) => name);
}

const selectTables = `
  select relname::text as name from pg_catalog.pg_class
  where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname ~ '^vectors_(b_)?[0-9a-f]{16}$'
  order by relname`;
