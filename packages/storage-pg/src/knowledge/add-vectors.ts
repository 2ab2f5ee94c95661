import type { Lease } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door } from "../tenant.ts";
import { writeVectors } from "./replace.ts";
import { requireSpace, type SpaceTable } from "./space.ts";

/** Vectors for chunks that have none in this space yet; nothing but the space's table is written. */
export async function addVectors(
  door: Door,
  space: SpaceTable | undefined,
  lease: Lease,
  added: readonly { readonly chunkId: string; readonly vectors: readonly Float32Array[] }[],
): Promise<number> {
  if (space) for (const { vectors } of added) for (const vector of vectors) requireSpace(space, vector);
  const vectorsOf = new Map(
    added
      .filter(({ chunkId, vectors }) => /^\d{1,18}$/.test(chunkId) && vectors.length > 0)
      .map(({ chunkId, vectors }) => [Number(chunkId), vectors]),
  );
  const { orgId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    if (!space || vectorsOf.size === 0) return 0;
    await lookUpByIndex(tx);
    const ids = [...vectorsOf.keys()];
    await tx.query(lockDocuments, [orgId, ids]);
    const { rows } = await tx.query<{ id: number }>(selectPresent(space), [orgId, ids]);
    const vectors = rows.flatMap(({ id }) =>
      (vectorsOf.get(Number(id)) ?? []).map((vector, piece) => ({ id: Number(id), piece, vector })),
    );
    if (vectors.length > 0) await writeVectors(tx, orgId, space, vectors);
    return rows.length;
  });
}

/**
 * Whoever takes a document away locks it before its chunks: without this, vectors could stay behind that no deletion
 * finds any more. In the order in which pages lock them.
 */
const lockDocuments = `
  select d.id from (
    select distinct d.id, d.connection_id, d.stream, d.external_id from unnest($2::bigint[]) as k(id)
    cross join lateral (select document_id from chunks where org_id = $1 and id = k.id offset 0) as c
    cross join lateral (
      select id, connection_id, stream, external_id from documents where org_id = $1 and id = c.document_id offset 0) as d
    order by d.connection_id, d.stream, d.external_id) as k
  cross join lateral (select id from documents where org_id = $1 and id = k.id for key share) as d`;

/** A statement of its own: it has to see what the locks were waited for. */
function selectPresent({ table }: SpaceTable): string {
  return `
    select c.id from unnest($2::bigint[]) as k(id)
    cross join lateral (select id from chunks where org_id = $1 and id = k.id offset 0) as c
    where not exists (select from ${table} v where v.org_id = $1 and v.chunk_id = c.id)`;
}
