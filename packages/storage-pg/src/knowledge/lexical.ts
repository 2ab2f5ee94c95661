import type { LegHit, LexicalLeg, QueryTerm } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { type Beginning, firstPlaced, type Place, type Places } from "./places.ts";
import { type PostingRow, type RankedPosting, type RankedPostings, rankPostings } from "./rank-postings.ts";
import { type Allowed, admitted, shifted } from "./scope.ts";

interface WordHit extends Place {
  readonly score: number;
  readonly length: number;
  /** Of the org's chunks. */
  readonly average: number;
  /** `place of the term among those asked for << 8 | frequency`, for each that stands there, and what each weighs. */
  readonly found: readonly number[];
  readonly rarities: readonly number[];
}

export function noWords(terms: readonly QueryTerm[]): LexicalLeg {
  return { hits: [], averageLength: 0, rarities: new Array<number>(terms.length).fill(0) };
}

export function toLegHit({ chunk_id, document_id, index }: Place, score: number): LegHit {
  return { chunkId: String(chunk_id), documentId: document_id, index, score };
}

/** BM25 (k1 1.2, b 0.75) over the org's postings, in SQL; its statistics are of the whole org, whatever the filter. */
export async function rankWords(
  tx: Tx,
  orgId: string,
  terms: readonly QueryTerm[],
  allowed: Allowed,
  limit: number,
): Promise<LexicalLeg> {
  const asked = [orgId, terms.map(({ term }) => term), terms.map(({ weight }) => weight), limit];
  const rows = await rank(tx, asked, allowed);
  const rarities = new Array<number>(terms.length).fill(0);
  const hits = rows.map((row) => {
    const frequencies = new Array<number>(terms.length).fill(0);
    for (const [at, packed] of row.found.entries()) {
      frequencies[packed >> 8] = packed & 255;
      rarities[packed >> 8] = row.rarities[at] ?? 0;
    }
    return { ...toLegHit(row, row.score), length: row.length, frequencies };
  });
  return { hits, averageLength: rows[0]?.average ?? 0, rarities };
}

/** Words ranked in this process, by the ids of chunks. */
export interface RankedWords extends Beginning<RankedPosting> {
  readonly ranked: RankedPostings;
}

/** The same ranking in this process; undefined where more would have to be read than is quick. */
export async function beginWords(
  tx: Tx,
  orgId: string,
  terms: readonly QueryTerm[],
  limit: number,
  filtered: boolean,
): Promise<RankedWords | undefined> {
  const { rows } = await tx.query<
    Omit<PostingRow, "entries"> & {
      readonly entries: string | null;
      readonly chunks: number;
      readonly length: number;
    }
  >(readPostings, [orgId, JSON.stringify(terms.map(({ term }) => term))]);
  const read = rows.flatMap(({ entries, ...row }) => (entries === null ? [] : [{ ...row, entries }]));
  if (read.length < rows.length) return undefined;
  const ranked = rankPostings(read, terms, { chunks: rows[0]?.chunks ?? 0, length: rows[0]?.length ?? 0 });
  const upTo = (count: number): Beginning<RankedPosting> => ({
    items: ranked.best(count),
    more: count < ranked.size ? async (further) => upTo(further) : undefined,
  });
  // Some may be gone, and some of the others' may not be seen.
  return { ...upTo(filtered ? limit * 4 : limit + Math.ceil(limit / 4)), ranked };
}

export async function placeWords(places: Places, words: RankedWords, limit: number): Promise<LexicalLeg> {
  const { averageLength, rarities } = words.ranked;
  const placed = await firstPlaced(places, words, limit);
  return {
    hits: placed.map(({ frequencies, length, place, score }) => ({
      ...toLegHit(place, score),
      length,
      frequencies,
    })),
    averageLength: placed.length > 0 ? averageLength : 0,
    rarities: rarities.map((rarity, term) =>
      placed.some(({ frequencies }) => (frequencies[term] ?? 0) > 0) ? rarity : 0,
    ),
  };
}

/** Beyond so many entries they are ranked where they are: reading them would take longer, and this thread's time. */
export const mostReadEntries = 20_000;

/** The terms as JSON: of an array PostgreSQL knows how long it is, thinks that worth a plan, and makes one every time. */
const readPostings = `
  select asked.place::integer - 1 as place, p.size,
    case when sum(p.size) over () <= ${mostReadEntries} then p.entries::text end as entries, chunks, length
  from (
    select coalesce(sum(chunks), 0)::float8 as chunks, coalesce(sum(length), 0)::float8 as length
    from posting_segments where org_id = $1) as totals
  cross join json_array_elements_text($2::json) with ordinality as asked(term, place)
  cross join lateral (
    select size, entries from postings where org_id = $1 and term = asked.term offset 0) as p`;

async function rank(tx: Tx, values: readonly unknown[], allowed: Allowed): Promise<readonly WordHit[]> {
  if (allowed.kind === "some")
    return (await tx.query<WordHit>(rankSome, [...values, allowed.documents])).rows;
  if (allowed.kind === "all") return (await tx.query<WordHit>(rankMany("true"), values)).rows;
  const where = shifted(allowed.where, values.length);
  return (await tx.query<WordHit>(rankMany(where), [...values, ...allowed.values])).rows;
}

const weighed = `
  totals as materialized (
    select greatest(sum(chunks), 1)::float8 as n,
      greatest(sum(length), 1)::float8 / greatest(sum(chunks), 1)::float8 as average
    from posting_segments where org_id = $1),
  listed as materialized (
    select p.entries, asked.weight, asked.place::integer - 1 as place,
      sum(p.size) over (partition by asked.place)::float8 as df
    from unnest($2::text[], $3::float8[]) with ordinality as asked(term, weight, place)
    cross join lateral (
      select entries, size from postings where org_id = $1 and term = asked.term offset 0) as p),
  weighed as materialized (
    select entries, place, ln(1 + greatest(n - df + 0.5, 0) / (df + 0.5)) as rarity,
      2.2::float8 * weight * ln(1 + greatest(n - df + 0.5, 0) / (df + 0.5)) as worth, 0.9::float8 / average as slope
    from listed, totals)`;

const score = `sum(worth * ((entry >> 16) & 255) / (((entry >> 16) & 255) + 0.3::float8 + slope * (entry & 65535)))`;

/** How often which term stands in the best: only of those, since it is asked of every entry. */
const withFound = `
  select best.chunk_id, best.document_id, best.index, best.score, max(w.length)::integer as length,
    (select average from totals) as average, array_agg(w.found) as found, array_agg(w.rarity) as rarities
  from best join (
    select entry >> 24 as chunk_id, entry & 65535 as length, rarity,
      (place << 8) | ((entry >> 16) & 255)::integer as found
    from weighed cross join lateral unnest(entries) as entry) as w on w.chunk_id = best.chunk_id
  group by best.chunk_id, best.document_id, best.index, best.score
  order by best.score desc, best.chunk_id`;

const rankSome = `
  with ${weighed}, allowed as materialized (
    select c.* from unnest($5::text[]) as k(id)
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and document_id = k.id offset 0) as c),
  best as materialized (
    select a.id as chunk_id, a.document_id, a.index, ${score} as score
    from weighed cross join lateral unnest(entries) as entry
    join allowed a on a.id = entry >> 24
    group by a.id, a.document_id, a.index
    order by score desc, a.id limit $4)
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
      order by s.score desc, s.chunk_id limit $4)
    ${withFound}`;
}
