import type { Tx } from "../tenant.ts";

/** BM25 tells little more of a term that stands 255 times in a chunk than of one that stands 100 times. */
const mostFrequency = 255;
const mostLength = 65_535;

/** An entry as the table's comment has it. Ids beyond 2^29 need more than a double's 53 bits. */
export function entry(chunkId: number, frequency: number, length: number): string {
  const low = Math.min(frequency, mostFrequency) * 65_536 + Math.min(length, mostLength);
  return chunkId < 536_870_912
    ? String(chunkId * 16_777_216 + low)
    : String(BigInt(chunkId) * 16_777_216n + BigInt(low));
}

export interface PostedChunk {
  readonly id: number;
  readonly length: number;
  readonly terms: ReadonlyMap<string, number>;
}

/** Writes one segment: a row for each term of these chunks, not for each term of each chunk. */
export async function writeSegment(tx: Tx, orgId: string, chunks: readonly PostedChunk[]): Promise<void> {
  if (chunks.length === 0) return;
  const byTerm = new Map<string, string[]>();
  let length = 0;
  for (const chunk of chunks) {
    length += chunk.length;
    for (const [term, frequency] of chunk.terms) {
      const entries = byTerm.get(term);
      const one = entry(chunk.id, frequency, chunk.length);
      if (entries) entries.push(one);
      else byTerm.set(term, [one]);
    }
  }
  const terms = [...byTerm.keys()].sort();
  const entries = terms.map((term) => `{${byTerm.get(term)?.join(",")}}`);
  await tx.query(insertSegment, [orgId, chunks.length, length, terms, entries]);
  await foldSegments(tx, orgId);
}

const insertSegment = `
  with segment as (
    insert into posting_segments (org_id, id, level, chunks, length)
    values ($1, nextval('chunk_ids'), 0, $2, $3)
    returning id)
  insert into postings (org_id, term, segment, size, entries)
  select $1, x.term, segment.id, cardinality(x.entries::bigint[]), x.entries::bigint[]
  from segment, unnest($4::text[], $5::text[]) as x(term, entries)`;

/** So many segments of one level become one of the next: each entry is copied about twice in 50,000 documents. */
const foldEvery = 16;
/** From this share of dead entries on they are sorted out, which costs more than joining segments as they are. */
const deadShare = 0.2;

/** Keeps the number of segments, and so of rows that a query reads, logarithmic. */
async function foldSegments(tx: Tx, orgId: string): Promise<void> {
  const { rows } = await tx.query<{ level: number; ids: number[]; chunks: number; length: number }>(
    selectLevels,
    [orgId],
  );
  const removed = rows.find(({ level }) => level < 0);
  const full = rows.find(({ level, ids }) => level >= 0 && ids.length >= foldEvery);
  const live = rows.reduce((sum, { chunks }) => sum + Number(chunks), 0);
  const dead = -Number(removed?.chunks ?? 0);
  const clean = dead > 1_000 && dead > deadShare * (live + dead);
  if (!clean && !full) return;
  const folded = clean ? rows : [...(full ? [full] : [])];
  const ids = folded.flatMap(({ ids }) => ids);
  const level = clean ? Math.max(1, ...rows.map(({ level }) => level)) : (full?.level ?? 0) + 1;
  await tx.query(clean ? foldClean : fold, [orgId, ids, level]);
  if (!clean) await foldSegments(tx, orgId);
}

const selectLevels = `
  select level, array_agg(id order by id) as ids, sum(chunks) as chunks, sum(length) as length from posting_segments
  where org_id = $1 group by level`;

const foldedSegment = `
  gone as (
    delete from posting_segments where org_id = $1 and id = any($2::bigint[]) returning chunks, length),
  segment as (
    insert into posting_segments (org_id, id, level, chunks, length)
    select $1, nextval('chunk_ids'), $3, sum(chunks), sum(length) from gone
    returning id),
  moved as (
    delete from postings where org_id = $1 and segment = any($2::bigint[]) returning term, size, entries)`;

const fold = `
  with ${foldedSegment}
  insert into postings (org_id, term, segment, size, entries)
  select $1, moved.term, segment.id, sum(moved.size), entries_concat(moved.entries)
  from moved, segment group by moved.term, segment.id`;

const foldClean = `
  with ${foldedSegment}
  insert into postings (org_id, term, segment, size, entries)
  select $1, moved.term, segment.id, count(*), array_agg(entry order by entry)
  from segment, moved cross join lateral unnest(moved.entries) as entry
  where exists (select from chunks c where c.org_id = $1 and c.id = entry >> 24)
  group by moved.term, segment.id`;
