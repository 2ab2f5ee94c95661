import type { Lease, UnembeddedChunk } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door } from "../tenant.ts";
import type { SpaceTable } from "./space.ts";

interface ChunkRow {
  readonly id: number;
  readonly document_id: string;
  readonly hash: string;
  readonly start: number;
  readonly end: number;
}

/** Chunks of indexed documents without a vector in this space; texts are cut out here, by UTF-16 offsets. */
export async function readUnembedded(
  door: Door,
  space: SpaceTable | undefined,
  lease: Lease,
  limit: number,
): Promise<readonly UnembeddedChunk[]> {
  const { orgId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    if (!space || limit <= 0) return [];
    await lookUpByIndex(tx);
    const { rows } = await tx.query<ChunkRow>(selectUnembedded(space), [orgId, limit]);
    if (rows.length === 0) return [];
    const documents = [...new Set(rows.map(({ document_id }) => document_id))];
    const texts = await tx.query<{ id: string; text: string | null }>(selectTexts, [orgId, documents]);
    const textOf = new Map(texts.rows.map(({ id, text }) => [id, text ?? ""]));
    return rows.map(({ id, document_id, hash, start, end }) => ({
      chunkId: String(id),
      hash,
      text: (textOf.get(document_id) ?? "").slice(start, end),
    }));
  });
}

/**
 * The chunks that lack a vector come first: where none does, no document is read. The state is asked outside the
 * look-up, or the plan for a table that was never analyzed is the index by state, all of the org for each chunk.
 */
function selectUnembedded({ table }: SpaceTable): string {
  return `
    with missing as materialized (
      select c.id, c.document_id, c.index, c.hash, c.start, c."end" from chunks c
      where c.org_id = $1 and not exists (select from ${table} v where v.org_id = $1 and v.chunk_id = c.id))
    select m.id, m.document_id, m.hash, m.start, m."end" from missing m
    cross join lateral (
      select status, coalesce(occurred_at, queued_at) as at from documents
      where org_id = $1 and id = m.document_id offset 0) as d
    where d.status = 'indexed'
    order by d.at desc, m.document_id, m.index limit $2`;
}

const selectTexts = "select id, text from documents where org_id = $1 and id = any($2::text[])";
