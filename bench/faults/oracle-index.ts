import { hubspot } from "@halo/hubspot";
import type { Client } from "pg";
import { chunkInput, chunkText } from "../../packages/core/src/knowledge/chunk/chunk-text.ts";
import { documentText } from "../../packages/core/src/knowledge/document-text.ts";
import { analyze } from "../../packages/core/src/knowledge/lexical/analyze.ts";

interface Lists {
  readonly lost: string[];
  readonly doubled: string[];
}

interface DocumentRow {
  readonly id: string;
  readonly record: string;
  readonly title: string;
  readonly text: string | null;
  readonly status: string;
}

interface ChunkRow {
  readonly id: string;
  readonly document_id: string;
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
  readonly length: number;
}

/** F05: what is searchable is what the stored records say: every text once, whole, and nothing else. */
export async function checkIndex(client: Client, orgId: string, found: Lists): Promise<void> {
  const expected = await expectedTexts(client, orgId);
  const { rows: documents } = await client.query<DocumentRow>(
    `select id, stream || '/' || external_id as record, title, text, status from halo.documents where org_id = $1`,
    [orgId],
  );
  const { rows: chunks } = await client.query<ChunkRow>(
    `select id::text, document_id, index, start, "end", hash, length from halo.chunks where org_id = $1
     order by document_id, index`,
    [orgId],
  );
  const byDocument = Map.groupBy(chunks, (chunk) => chunk.document_id);
  const terms = new Map<string, ReadonlyMap<string, number>>();
  for (const document of documents) {
    const wanted = expected.get(document.record);
    const has = byDocument.get(document.id) ?? [];
    byDocument.delete(document.id);
    if (wanted === undefined) {
      found.doubled.push(`document ${document.record} is of no record`);
      continue;
    }
    expected.delete(document.record);
    if (document.status !== "indexed") found.lost.push(`document ${document.record} is ${document.status}`);
    else if (document.text !== wanted) found.lost.push(`document ${document.record} is stale`);
    const cut = chunkText(wanted);
    if (has.length > cut.length) found.doubled.push(`document ${document.record} has chunks too many`);
    for (const chunk of cut) {
      const stored = has[chunk.index];
      if (stored?.hash === chunk.hash && stored.start === chunk.start && stored.end === chunk.end) {
        terms.set(stored.id, analyze(chunkInput(chunk)).terms);
      } else found.lost.push(`document ${document.record} lacks chunk ${chunk.index}, or has a stale one`);
    }
  }
  for (const record of expected.keys()) found.lost.push(`there is no document of ${record}`);
  for (const id of byDocument.keys()) found.doubled.push(`chunks of no document: ${id}`);
  await checkPostings(client, orgId, chunks, terms, found);
  await checkVectors(client, orgId, found);
}

/** Texts by record, as the definitions make them of what is stored. */
async function expectedTexts(client: Client, orgId: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const refs = { owners: new Map(), pipelines: new Map() };
  for (const stream of hubspot().streams) {
    if (!stream.document) continue;
    const { rows } = await client.query<{ key: string; raw: unknown }>(
      `select external_id as key, raw from halo.hubspot_${stream.id} where org_id = $1 and deleted_at is null`,
      [orgId],
    );
    for (const { key, raw } of rows) {
      const document = stream.document(stream.record.parse(raw), refs);
      if (!document || document.body.trim() === "") continue;
      const title = document.title.slice(0, 500);
      texts.set(`${stream.id}/${key}`, await documentText({ ...document, title }));
    }
  }
  return texts;
}

/** Every term of every chunk stands in the postings once. Entries of chunks that went are no entries. */
async function checkPostings(
  client: Client,
  orgId: string,
  chunks: readonly ChunkRow[],
  terms: ReadonlyMap<string, ReadonlyMap<string, number>>,
  found: Lists,
): Promise<void> {
  const { rows } = await client.query<{ term: string; id: string; times: number }>(
    `select term, (entry >> 24)::text as id, count(*)::int as times
     from halo.postings cross join lateral unnest(entries) as entry
     where org_id = $1 group by 1, 2`,
    [orgId],
  );
  const left = new Map([...terms].map(([id, of]) => [id, new Set(of.keys())]));
  let extra = 0;
  for (const { term, id, times } of rows) {
    const of = left.get(id);
    if (!of) continue;
    if (times > 1 || !of.delete(term)) extra += 1;
  }
  const missing = [...left.values()].reduce((sum, of) => sum + of.size, 0);
  if (extra > 0) found.doubled.push(`${extra} postings are doubled or of another text`);
  if (missing > 0) found.lost.push(`${missing} terms of chunks are not in the postings`);
  const [total] = (
    await client.query<{ chunks: number; length: number }>(
      `select coalesce(sum(chunks), 0)::int as chunks, coalesce(sum(length), 0)::int as length
       from halo.posting_segments where org_id = $1`,
      [orgId],
    )
  ).rows;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (total && (total.chunks !== chunks.length || total.length !== length)) {
    const list = total.chunks < chunks.length ? found.lost : found.doubled;
    list.push(
      `the postings count ${total.chunks} chunks (${total.length} terms) of ${chunks.length} (${length})`,
    );
  }
}

async function checkVectors(client: Client, orgId: string, found: Lists): Promise<void> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'halo'::regnamespace and relkind = 'r'
       and relname ~ '^vectors_'`,
  );
  for (const { name } of tables) {
    const [row] = (
      await client.query<{ orphans: number; missing: number }>(
        `select
           (select count(*)::int from halo.${name} v where org_id = $1 and not exists (
             select from halo.chunks c where c.org_id = $1 and c.id = v.chunk_id)) as orphans,
           (select count(*)::int from halo.chunks c where org_id = $1 and not exists (
             select from halo.${name} v where v.org_id = $1 and v.chunk_id = c.id)) as missing`,
        [orgId],
      )
    ).rows;
    if (row && row.orphans > 0) found.doubled.push(`${row.orphans} vectors are of no chunk`);
    if (row && row.missing > 0) found.lost.push(`${row.missing} chunks have no vector`);
  }
  if (tables.length === 0) found.lost.push("there is no table of vectors");
}
