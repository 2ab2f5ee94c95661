import type { LegHit } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { toLegHit } from "./lexical.ts";
import { type Beginning, firstPlaced, type Place, type Places } from "./places.ts";
import type { SpaceTable } from "./space.ts";
import { vectorBytes } from "./vector-bytes.ts";

export interface Near {
  readonly chunkId: number;
  readonly score: number;
}

/** Every vector of these documents is compared; of a chunk with several, the best counts. */
export async function nearestOfSome(
  tx: Tx,
  { table }: SpaceTable,
  orgId: string,
  vector: Float32Array,
  documents: readonly string[],
  limit: number,
): Promise<readonly LegHit[]> {
  const { rows } = await tx.query<Place & { readonly score: number }>(
    `select c.id as chunk_id, c.document_id, c.index, 1 - min(v.embedding <=> $2::vector) as score
     from unnest($4::text[]) as k(id)
     cross join lateral (
       select id, document_id, index from chunks where org_id = $1 and document_id = k.id offset 0) as c
     cross join lateral (select embedding from ${table} where org_id = $1 and chunk_id = c.id offset 0) as v
     group by c.id, c.document_id, c.index
     order by score desc, c.id limit $3`,
    [orgId, vectorBytes(vector), limit, documents],
  );
  return rows.map((row) => toLegHit(row, row.score));
}

/**
 * Compares every vector of the org and leaves for later which of the chunks may be seen: the nearest of all, more of
 * them whenever too few are left (by the filter, or because a chunk has several vectors). Never fewer than there are.
 * With `places` they are asked where they stand in the same statement: all of the org may be seen then.
 */
export async function beginNearest(
  tx: Tx,
  { table }: SpaceTable,
  orgId: string,
  vector: Float32Array,
  first: number,
  places?: Places,
): Promise<Beginning<Near>> {
  // The limit in a sub-select: a small number that can be seen looks worth a plan of its own, every time.
  const statement = `
    select chunk_id, embedding <=> $2::vector as distance from ${table}
    where org_id = $1 order by distance, chunk_id limit (select $3::integer)`;
  const placed = `
    select n.chunk_id, n.distance, c.document_id, c.index from (${statement}) as n
    left join lateral (
      select document_id, index from chunks where org_id = $1 and id = n.chunk_id offset 0) as c on true`;
  const asked = vectorBytes(vector);
  const upTo = async (count: number): Promise<Beginning<Near>> => {
    const { rows } = await tx.query<NearRow>(places ? placed : statement, [orgId, asked, count]);
    const best = new Map<number, Near>();
    for (const { chunk_id, distance, document_id, index } of rows) {
      const known = best.get(chunk_id);
      // The join promises no order.
      if (known && known.score >= 1 - distance) continue;
      best.set(chunk_id, { chunkId: chunk_id, score: 1 - distance });
      if (places && document_id) places.note({ chunk_id, document_id, index });
    }
    const items = [...best.values()];
    if (places) items.sort((a, b) => b.score - a.score || a.chunkId - b.chunkId);
    return { items, more: rows.length < count ? undefined : upTo };
  };
  return await upTo(first);
}

interface NearRow extends Place {
  readonly distance: number;
}

export async function placeNearest(
  places: Places,
  beginning: Beginning<Near>,
  limit: number,
): Promise<readonly LegHit[]> {
  const placed = await firstPlaced(places, beginning, limit);
  return placed.map(({ place, score }) => toLegHit(place, score));
}
