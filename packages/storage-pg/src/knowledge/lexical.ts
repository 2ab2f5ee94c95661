import type { LegHit, SearchFilter } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";
import { type Allowed, admitted, allowedDocuments, shifted } from "./scope.ts";

interface Hit {
  readonly chunk_id: number;
  readonly document_id: string;
  readonly index: number;
  readonly score: number;
}

/** BM25 (k1 1.2, b 0.75) over the org's postings; its statistics are of the whole org, whatever the filter. */
export async function searchLexical(
  door: Door,
  orgId: string,
  terms: readonly string[],
  filter: SearchFilter,
  limit: number,
): Promise<readonly LegHit[]> {
  if (terms.length === 0 || limit <= 0) return [];
  const rows = await door.inOrg(orgId, async (tx) => {
    const allowed = await allowedDocuments(tx, orgId, filter);
    return rank(tx, orgId, [...new Set(terms)], allowed, limit);
  });
  return rows.map(toLegHit);
}

export function toLegHit({ chunk_id, document_id, index, score }: Hit): LegHit {
  return { chunkId: String(chunk_id), documentId: document_id, index, score };
}

async function rank(
  tx: Tx,
  orgId: string,
  terms: readonly string[],
  allowed: Allowed,
  limit: number,
): Promise<readonly Hit[]> {
  if (allowed.kind === "some") {
    if (allowed.documents.length === 0) return [];
    return (await tx.query<Hit>(rankSome, [orgId, terms, limit, allowed.documents])).rows;
  }
  if (allowed.kind === "all") return (await tx.query<Hit>(rankMany("true"), [orgId, terms, limit])).rows;
  const values = [orgId, terms, limit, ...allowed.values];
  return (await tx.query<Hit>(rankMany(shifted(allowed.where, 3)), values)).rows;
}

const found = `
  totals as materialized (
    select greatest(sum(chunks), 1)::float8 as n,
      greatest(sum(length), 1)::float8 / greatest(sum(chunks), 1)::float8 as average
    from posting_segments where org_id = $1),
  found as materialized (
    select entries, sum(size) over (partition by term)::float8 as df
    from postings where org_id = $1 and term = any($2::text[])),
  weighed as materialized (
    select entries, 2.2::float8 * ln(1 + greatest(n - df + 0.5, 0) / (df + 0.5)) as idf, 0.9::float8 / average as slope
    from found, totals)`;

const score = `sum(idf * ((entry >> 16) & 255) / (((entry >> 16) & 255) + 0.3::float8 + slope * (entry & 65535)))`;

const rankSome = `
  with ${found}, allowed as materialized (
    select c.* from unnest($4::text[]) as k(id)
    cross join lateral (
      select id, document_id, index from chunks where org_id = $1 and document_id = k.id offset 0) as c)
  select a.id as chunk_id, a.document_id, a.index, ${score} as score
  from weighed cross join lateral unnest(entries) as entry
  join allowed a on a.id = entry >> 24
  group by a.id, a.document_id, a.index
  order by score desc, a.id limit $3`;

/** The best first, each asked whether it is there and may be seen, until there are enough. */
function rankMany(where: string): string {
  return `
    with ${found}, scored as materialized (
      select entry >> 24 as chunk_id, ${score} as score
      from weighed cross join lateral unnest(entries) as entry
      group by 1)
    select s.chunk_id, hit.document_id, hit.index, s.score
    from (select chunk_id, score from scored order by score desc, chunk_id) as s
    cross join lateral (
      select document_id, index from chunks where org_id = $1 and id = s.chunk_id offset 0) as hit
    ${where === "true" ? "" : admitted("hit.document_id", where)}
    order by s.score desc, s.chunk_id limit $3`;
}
