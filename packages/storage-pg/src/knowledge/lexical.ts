import type { LegHit, LexicalLeg, QueryTerm, SearchFilter } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";
import { type Allowed, admitted, allowedDocuments, shifted } from "./scope.ts";

interface Hit {
  readonly chunk_id: number;
  readonly document_id: string;
  readonly index: number;
  readonly score: number;
}

interface WordHit extends Hit {
  readonly length: number;
  /** `place of the term among those asked for << 8 | frequency`, for each that stands there. */
  readonly found: readonly number[];
}

/** BM25 (k1 1.2, b 0.75) over the org's postings; its statistics are of the whole org, whatever the filter. */
export async function searchLexical(
  door: Door,
  orgId: string,
  terms: readonly QueryTerm[],
  filter: SearchFilter,
  limit: number,
): Promise<LexicalLeg> {
  if (terms.length === 0 || limit <= 0) return { hits: [], averageLength: 0, rarities: terms.map(() => 0) };
  return door.inOrg(orgId, async (tx) => {
    const { averageLength, rarities } = await statistics(tx, orgId, terms);
    if (rarities.every((rarity) => rarity === 0)) return { hits: [], averageLength, rarities };
    const allowed = await allowedDocuments(tx, orgId, filter);
    const values = [
      orgId,
      terms.map(({ term }) => term),
      terms.map(({ weight }, i) => 2.2 * weight * (rarities[i] ?? 0)),
      0.9 / averageLength,
      limit,
    ];
    const hits = (await rank(tx, values, allowed)).map((row) => {
      const frequencies = new Array<number>(terms.length).fill(0);
      for (const packed of row.found) frequencies[packed >> 8] = packed & 255;
      return { ...toLegHit(row), length: row.length, frequencies };
    });
    return { hits, averageLength, rarities };
  });
}

export function toLegHit({ chunk_id, document_id, index, score }: Hit): LegHit {
  return { chunkId: String(chunk_id), documentId: document_id, index, score };
}

async function statistics(
  tx: Tx,
  orgId: string,
  terms: readonly QueryTerm[],
): Promise<{ readonly averageLength: number; readonly rarities: readonly number[] }> {
  const { rows } = await tx.query<{ n: number; average: number; rarities: readonly number[] }>(count, [
    orgId,
    terms.map(({ term }) => term),
  ]);
  const [{ average, rarities } = { average: 1, rarities: terms.map(() => 0) }] = rows;
  return { averageLength: average, rarities };
}

const count = `
  select average, array(
    select case when df is null then 0::float8 else ln(1 + greatest(n - df + 0.5, 0) / (df + 0.5)) end
    from unnest($2::text[]) with ordinality as asked(term, place)
    left join lateral (
      select sum(size)::float8 as df from postings where org_id = $1 and term = asked.term) as p on true
    order by place) as rarities
  from (
    select greatest(sum(chunks), 1)::float8 as n,
      greatest(sum(length), 1)::float8 / greatest(sum(chunks), 1)::float8 as average
    from posting_segments where org_id = $1) as totals`;

async function rank(tx: Tx, values: readonly unknown[], allowed: Allowed): Promise<readonly WordHit[]> {
  if (allowed.kind === "some") {
    if (allowed.documents.length === 0) return [];
    return (await tx.query<WordHit>(rankSome, [...values, allowed.documents])).rows;
  }
  if (allowed.kind === "all") return (await tx.query<WordHit>(rankMany("true"), values)).rows;
  const where = shifted(allowed.where, values.length);
  return (await tx.query<WordHit>(rankMany(where), [...values, ...allowed.values])).rows;
}

const weighed = `
  weighed as materialized (
    select p.entries, asked.weight, asked.place::integer - 1 as place
    from unnest($2::text[], $3::float8[]) with ordinality as asked(term, weight, place)
    cross join lateral (
      select entries from postings where org_id = $1 and term = asked.term offset 0) as p)`;

const score = `sum(weight * ((entry >> 16) & 255) / (((entry >> 16) & 255) + 0.3::float8 + $4::float8 * (entry & 65535)))`;

/** How often which term stands in the best: only of those, since it is asked of every entry. */
const withFound = `
  select best.chunk_id, best.document_id, best.index, best.score, max(w.length)::integer as length,
    array_agg(w.found) as found
  from best join (
    select entry >> 24 as chunk_id, entry & 65535 as length, (place << 8) | ((entry >> 16) & 255)::integer as found
    from weighed cross join lateral unnest(entries) as entry) as w on w.chunk_id = best.chunk_id
  group by best.chunk_id, best.document_id, best.index, best.score
  order by best.score desc, best.chunk_id`;

const rankSome = `
  with ${weighed}, allowed as materialized (
    select c.* from unnest($6::text[]) as k(id)
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and document_id = k.id offset 0) as c),
  best as materialized (
    select a.id as chunk_id, a.document_id, a.index, ${score} as score
    from weighed cross join lateral unnest(entries) as entry
    join allowed a on a.id = entry >> 24
    group by a.id, a.document_id, a.index
    order by score desc, a.id limit $5)
  ${withFound}`;

/** The best first, each asked whether it is there and may be seen, until there are enough. */
function rankMany(where: string): string {
  return `
    with ${weighed}, scored as materialized (
      select entry >> 24 as chunk_id, ${score} as score
      from weighed cross join lateral unnest(entries) as entry
      group by 1),
    best as materialized (
      select s.chunk_id, hit.document_id, hit.index, s.score
      from (select chunk_id, score from scored order by score desc, chunk_id) as s
      cross join lateral (
        select document_id, index from chunks where org_id = $1 and id = s.chunk_id offset 0) as hit
      ${where === "true" ? "" : admitted("hit.document_id", where)}
      order by s.score desc, s.chunk_id limit $5)
    ${withFound}`;
}
