import type { Tx } from "../tenant.ts";
import { type Allowed, admitted, shifted } from "./scope.ts";

/** Where a chunk stands. */
export interface Place {
  readonly chunk_id: number;
  readonly document_id: string;
  readonly index: number;
}

/** Where chunks stand, of those that are there and may be seen; each is asked about once, whoever asks. */
export interface Places {
  /** Asks for all of an org of at most `most` chunks at once; nothing of a greater one. */
  ofFew(most: number): Promise<void>;
  /** Was found on the way; of an org that may be seen whole. */
  note(place: Place): void;
  of(chunkIds: Iterable<number>): Promise<ReadonlyMap<number, Place | undefined>>;
}

export function placesIn(tx: Tx, orgId: string, allowed: Exclude<Allowed, { kind: "some" }>): Places {
  const known = new Map<number, Place | undefined>();
  let complete = false;
  const many = allowed.kind === "many";
  const statement = `
    select c.id as chunk_id, c.document_id, c.index from unnest($2::bigint[]) as k(id)
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and id = k.id offset 0) as c
    ${many ? admitted("c.document_id", shifted(allowed.where, 2)) : ""}`;
  return {
    async ofFew(most) {
      if (many) return;
      const { rows } = await tx.query<Place>(placesOfFew, [orgId, most]);
      for (const row of rows) known.set(Number(row.chunk_id), row);
      complete = rows.length > 0;
    },
    note: (place) => void known.set(Number(place.chunk_id), place),
    async of(chunkIds) {
      if (complete) return known;
      const unknown = [...new Set(chunkIds)].filter((id) => !known.has(id));
      if (unknown.length === 0) return known;
      const values = [orgId, `{${unknown.join(",")}}`, ...(many ? allowed.values : [])];
      const { rows } = await tx.query<Place>(statement, values);
      for (const id of unknown) known.set(id, undefined);
      for (const row of rows) known.set(Number(row.chunk_id), row);
      return known;
    },
  };
}

/** The condition is asked once, and where it does not hold no chunk is looked at. */
const placesOfFew = `
  select id as chunk_id, document_id, index from chunks
  where org_id = $1 and (select sum(chunks) from posting_segments where org_id = $1) <= $2`;

/** The beginning of a ranking, which may be asked for more of it. */
export interface Beginning<Item> {
  readonly items: readonly Item[];
  /** There is more behind these: `more` of them, those first. */
  readonly more: ((count: number) => Promise<Beginning<Item>>) | undefined;
}

/** The first `limit` of a ranking that are there and may be seen: never fewer than there are. */
export async function firstPlaced<Item extends { readonly chunkId: number }>(
  places: Places,
  beginning: Beginning<Item>,
  limit: number,
): Promise<readonly (Item & { readonly place: Place })[]> {
  let { items, more } = beginning;
  for (let count = limit * 16; ; count *= 8) {
    const at = await places.of(items.map(({ chunkId }) => chunkId));
    const placed = items.flatMap((item) => {
      const place = at.get(item.chunkId);
      return place ? [{ ...item, place }] : [];
    });
    if (placed.length >= limit || !more) return placed.slice(0, limit);
    ({ items, more } = await more(count));
  }
}
