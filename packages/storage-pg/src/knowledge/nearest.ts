import type { LegHit, SearchFilter } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";
import { toLegHit } from "./lexical.ts";
import { rankInProcess } from "./rank-in-process.ts";
import { type Allowed, admitted, allowedDocuments, shifted } from "./scope.ts";
import { requireSpace, type SpaceTable } from "./space.ts";
import { vectorBytes } from "./vector-bytes.ts";

interface Hit {
  readonly chunk_id: number;
  readonly document_id: string;
  readonly index: number;
  readonly score: number;
}

/** The vector leg: every vector that may be seen is compared; of a chunk with several, the best counts. */
export async function searchNearest(
  door: Door,
  space: SpaceTable | undefined,
  orgId: string,
  vector: Float32Array,
  filter: SearchFilter,
  limit: number,
): Promise<readonly LegHit[]> {
  if (!space || limit <= 0) return [];
  requireSpace(space, vector);
  return door.inOrg(orgId, async (tx) => {
    const allowed = await allowedDocuments(tx, orgId, filter);
    if (allowed.kind === "some" && allowed.documents.length === 0) return [];
    if (space.kind === "bytes") return rankInProcess(tx, space, orgId, vector, allowed, limit);
    if (allowed.kind === "some") {
      const values = [orgId, vectorBytes(vector), limit, allowed.documents];
      return (await tx.query<Hit>(nearestOfSome(space), values)).rows.map(toLegHit);
    }
    return nearestOfMany(tx, space, orgId, vector, allowed, limit);
  });
}

function nearestOfSome({ table }: SpaceTable): string {
  return `
    select c.id as chunk_id, c.document_id, c.index, 1 - min(v.embedding <=> $2::vector) as score
    from unnest($4::text[]) as k(id)
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and document_id = k.id offset 0) as c
    cross join lateral (select embedding from ${table} where org_id = $1 and chunk_id = c.id offset 0) as v
    group by c.id, c.document_id, c.index
    order by score desc, c.id limit $3`;
}

/**
 * Ranks first and asks afterwards, since most may be seen: the nearest of all, more of them whenever too few are left
 * (by the filter, or because a chunk has several vectors). Never fewer than there are.
 */
async function nearestOfMany(
  tx: Tx,
  { table }: SpaceTable,
  orgId: string,
  vector: Float32Array,
  allowed: Exclude<Allowed, { kind: "some" }>,
  limit: number,
): Promise<readonly LegHit[]> {
  const filtered = allowed.kind === "many";
  const statement = `
    with nearest as materialized (
      select chunk_id, embedding <=> $2::vector as distance from ${table}
      where org_id = $1 order by distance limit $4)
    select c.id as chunk_id, c.document_id, c.index, 1 - min(n.distance) as score,
      (select count(*) from nearest) as looked
    from nearest n
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and id = n.chunk_id offset 0) as c
    ${filtered ? admitted("c.document_id", shifted(allowed.where, 4)) : ""}
    group by c.id, c.document_id, c.index
    order by score desc, c.id limit $3`;
  const asked = vectorBytes(vector);
  for (let look = limit * (filtered ? 8 : 2); ; look *= 8) {
    const values = [orgId, asked, limit, look, ...(filtered ? allowed.values : [])];
    const { rows } = await tx.query<Hit & { looked: number }>(statement, values);
    if (rows.length >= limit) return rows.map(toLegHit);
    const looked = rows[0] ? Number(rows[0].looked) : await countUpTo(tx, table, orgId, look);
    if (looked < look) return rows.map(toLegHit);
  }
}

async function countUpTo(tx: Tx, table: string, orgId: string, most: number): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*) from (select from ${table} where org_id = $1 limit $2) as looked`,
    [orgId, most],
  );
  return Number(rows[0]?.count ?? 0);
}
