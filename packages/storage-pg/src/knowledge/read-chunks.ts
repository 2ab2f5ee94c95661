import type { Audience, ChunkText, DocumentHead } from "@halo/core";
import type { Door } from "../tenant.ts";
import { floats } from "./rank-in-process.ts";
import type { SpaceTable } from "./space.ts";

interface ChunkRow {
  readonly id: number;
  readonly document_id: string;
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** Texts are cut out of the documents' here: offsets count UTF-16 units, which SQL does not. */
export async function readChunks(
  door: Door,
  orgId: string,
  chunkIds: readonly string[],
  around: number,
): Promise<readonly ChunkText[]> {
  const ids = chunkIds.filter((id) => /^\d{1,18}$/.test(id));
  if (ids.length === 0) return [];
  return door.inOrg(orgId, async (tx) => {
    const { rows: chunks } = await tx.query<ChunkRow>(selectChunks, [orgId, ids, Math.max(0, around)]);
    const documents = [...new Set(chunks.map(({ document_id }) => document_id))];
    const { rows: texts } = await tx.query<{ id: string; text: string | null }>(selectTexts, [
      orgId,
      documents,
    ]);
    const textOf = new Map(texts.map(({ id, text }) => [id, text ?? ""]));
    const found = chunks.map(({ id, document_id, index, start, end }) => ({
      chunkId: String(id),
      documentId: document_id,
      index,
      start,
      end,
      text: (textOf.get(document_id) ?? "").slice(start, end),
    }));
    if (around > 0) return found;
    const place = new Map(ids.map((id, i) => [id, i]));
    return found.sort((a, b) => (place.get(a.chunkId) ?? 0) - (place.get(b.chunkId) ?? 0));
  });
}

const selectChunks = `
  select distinct n.id, n.document_id, n.index, n.start, n."end"
  from chunks c
  join chunks n on n.org_id = $1 and n.document_id = c.document_id and n.index between c.index - $3 and c.index + $3
  where c.org_id = $1 and c.id = any($2::bigint[])
  order by n.document_id, n.index`;

const selectTexts = "select id, text from documents where org_id = $1 and id = any($2::text[])";

interface HeadRow {
  readonly id: string;
  readonly source_key: string;
  readonly kind: string;
  readonly title: string;
  readonly audience: Audience;
  readonly occurred_at: Date | null;
  readonly url: string | null;
  readonly author: string | null;
  readonly connection_id: string | null;
  readonly stream: string | null;
  readonly external_id: string | null;
}

interface CustomerRow {
  readonly document_id: string;
  readonly kind: "end_user" | "company";
  readonly id: string;
  readonly name: string | null;
  readonly detail: string | null;
}

/** In the order of the ids given. */
export async function readHeads(
  door: Door,
  orgId: string,
  documentIds: readonly string[],
): Promise<readonly DocumentHead[]> {
  if (documentIds.length === 0) return [];
  const [heads, customers] = await door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<HeadRow>(selectHeads, [orgId, documentIds]);
    const about = await tx.query<CustomerRow>(selectCustomers, [orgId, documentIds]);
    return [rows, about.rows] as const;
  });
  const place = new Map(documentIds.map((id, i) => [id, i]));
  return heads
    .map((head): DocumentHead => {
      const own = customers.filter(({ document_id }) => document_id === head.id);
      return {
        id: head.id,
        sourceKey: head.source_key,
        kind: head.kind,
        title: head.title,
        audience: head.audience,
        occurredAt: head.occurred_at ?? undefined,
        url: head.url ?? undefined,
        author: head.author ?? undefined,
        connectionId: head.connection_id ?? undefined,
        stream: head.stream ?? undefined,
        recordKey: head.external_id ?? undefined,
        endUsers: own
          .filter(({ kind }) => kind === "end_user")
          .map(({ id, name, detail }) => ({ id, name: name ?? undefined, email: detail ?? undefined })),
        companies: own
          .filter(({ kind }) => kind === "company")
          .map(({ id, name, detail }) => ({ id, name: name ?? undefined, domain: detail ?? undefined })),
      };
    })
    .sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
}

const selectHeads = `
  select id, source_key, kind, title, audience, occurred_at, url, author, connection_id, stream, external_id
  from documents where org_id = $1 and id = any($2::text[])`;

const selectCustomers = `
  select * from (
    select distinct d.id as document_id, l.kind, l.customer_id as id, coalesce(u.name, c.name) as name,
      coalesce(u.email, c.domain) as detail
    from documents d
    join record_links l on l.org_id = $1 and l.connection_id = d.connection_id and l.stream = d.stream
      and l.external_id = d.external_id and l.customer_id is not null
    left join end_users u on l.kind = 'end_user' and u.org_id = $1 and u.id = l.customer_id
    left join companies c on l.kind = 'company' and c.org_id = $1 and c.id = l.customer_id
    where d.org_id = $1 and d.id = any($2::text[])) as about
  order by document_id, kind, name, id`;

/** Vectors of chunks with the same text, whichever documents they are of. */
export async function readVectorsOf(
  door: Door,
  space: SpaceTable | undefined,
  orgId: string,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, readonly Float32Array[]>> {
  if (!space || hashes.length === 0) return new Map();
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ hash: string; embedding: string | Uint8Array }>(
      `with first as (
         select c.hash, min(c.id) as id from chunks c
         where c.org_id = $1 and c.hash = any($2::text[])
           and exists (select from ${space.table} v where v.org_id = $1 and v.chunk_id = c.id)
         group by c.hash)
       select first.hash, v.embedding${space.kind === "vector" ? "::text" : ""} as embedding
       from first join ${space.table} v on v.org_id = $1 and v.chunk_id = first.id
       order by first.hash, v.piece`,
      [orgId, [...new Set(hashes)]],
    ),
  );
  const found = new Map<string, Float32Array[]>();
  for (const { hash, embedding } of rows) {
    const vector =
      typeof embedding === "string"
        ? Float32Array.from(JSON.parse(embedding) as number[])
        : floats(embedding);
    const pieces = found.get(hash);
    if (pieces) pieces.push(vector);
    else found.set(hash, [vector]);
  }
  return found;
}

export async function readUntranscribed(
  door: Door,
  orgId: string,
  connectionId: string,
  stream: string,
  request: {
    readonly kinds: readonly string[];
    readonly cleanerVersion: string;
    readonly after: string | undefined;
    readonly limit: number;
  },
): Promise<readonly string[]> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ key: string }>(selectUntranscribed, [
      orgId,
      connectionId,
      stream,
      request.kinds,
      request.cleanerVersion,
      request.after ?? "",
      request.limit,
    ]),
  );
  return rows.map(({ key }) => key);
}

const selectUntranscribed = `
  (select external_id as key from documents
   where org_id = $1 and connection_id = $2 and stream = $3 and kind = any($4::text[]) and external_id > $6
     and status <> 'skipped' and (coalesce(text, '') = '' or cleaner_version is distinct from $5)
   order by external_id limit $7)
  union
  (select external_id from meeting_transcripts
   where org_id = $1 and connection_id = $2 and stream = $3 and external_id > $6
     and status in ('pending', 'none', 'unavailable')
   order by external_id limit $7)
  order by key limit $7`;
