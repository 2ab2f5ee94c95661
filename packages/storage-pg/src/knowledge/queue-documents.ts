import type { DocumentRow, TombstoneRow } from "@halo/core";
import { dropLearned } from "../learning/drop-learned.ts";
import { followSources } from "../learning/follow-source.ts";
import { type Column, columns, flag, int16, text, time } from "../pages/columns.ts";
import type { Mood } from "../pages/commit.ts";
import type { Tx } from "../tenant.ts";
import { dropChunks } from "./drop-chunks.ts";
import { writeReceipt } from "./receipts.ts";

interface Place {
  readonly orgId: string;
  readonly connectionId: string;
  readonly stream: string;
}

export interface QueuedDocument {
  readonly key: string;
  readonly document: DocumentRow;
  /** Linked to a customer, known or not (yet): never general knowledge (T33). */
  readonly aboutSomebody: boolean;
  /** The record was not stored before, and so neither was its document. */
  readonly isNew: boolean;
}

/**
 * Stores documents with what an indexer needs; what was indexed stays findable until the new index replaces it. One
 * whose content is what it was is not indexed again. Returns how many wait now.
 */
export async function queueDocuments(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  documents: readonly QueuedDocument[],
  at: Date,
  mood: Mood,
): Promise<number> {
  if (documents.length === 0) return 0;
  const hashes = await readHashes(
    tx,
    [orgId, connectionId, stream],
    documents.flatMap(({ key, isNew }) => (isNew ? [] : [key])),
  );
  const same = ({ key, document }: QueuedDocument) =>
    hashes.get(key)?.hash === document.hash && !document.force;
  const queued = documents.filter((document) => !same(document)).sort(byKey);
  const kept = documents.filter(same).sort(byKey);
  const values = [orgId, connectionId, stream];
  const fresh = mood === "hopeful" && queued.every(({ isNew }) => isNew);
  if (queued.length > 0) {
    await tx.send(fresh ? insertQueued : upsertQueued, [...values, at, ...columns(queued, queuedColumns)]);
  }
  if (kept.length > 0) await tx.query(touchKept, [...values, toJson(kept)]);
  const followed = documents.filter(({ key }) => hashes.get(key)?.distilled).map(({ key }) => key);
  await followSources(tx, { orgId, connectionId, stream }, followed);
  return queued.length;
}

async function readHashes(
  tx: Tx,
  place: readonly string[],
  keys: readonly string[],
): Promise<ReadonlyMap<string, { readonly hash: string; readonly distilled: boolean }>> {
  if (keys.length === 0) return new Map();
  const { rows } = await tx.query<{ key: string; hash: string; distilled: boolean }>(selectHashes, [
    ...place,
    keys,
  ]);
  return new Map(rows.map(({ key, hash, distilled }) => [key, { hash, distilled }]));
}

function byKey(one: QueuedDocument, other: QueuedDocument): number {
  return one.key < other.key ? -1 : 1;
}

function toJson(documents: readonly QueuedDocument[]): string {
  return JSON.stringify(
    documents.map(({ key, document, aboutSomebody }) => ({
      key,
      id: document.id,
      source_key: document.sourceKey,
      kind: document.kind,
      title: document.title,
      audience: document.audience,
      about: aboutSomebody,
      occurred_at: document.occurredAt,
      url: document.url,
      author: document.author,
      distil: document.distil ?? false,
    })),
  );
}

/** In the order of the statement's parameters. */
const queuedColumns: readonly Column<QueuedDocument>[] = [
  text(({ key }) => key),
  text(({ document }) => document.id),
  text(({ document }) => document.sourceKey),
  text(({ document }) => document.kind),
  text(({ document }) => document.title),
  text(({ document }) => document.body),
  text(({ document }) => document.format),
  text(({ document }) => document.audience),
  flag(({ aboutSomebody }) => aboutSomebody),
  time(({ document }) => document.occurredAt),
  text(({ document }) => document.url),
  text(({ document }) => document.author),
  text(({ document }) => document.hash),
  int16(({ document }) => document.priority),
  flag(({ document }) => document.distil ?? false),
];

/**
 * Takes documents away whose records are gone, or are no knowledge any more, with chunks and vectors, and leaves a
 * receipt for each reason.
 */
export async function dropDocumentsOf(
  tx: Tx,
  place: Place,
  gone: readonly TombstoneRow[],
  silent: readonly string[],
  at: Date,
): Promise<void> {
  const keysOf = (purge: boolean) => gone.filter((row) => row.purge === purge).map(({ key }) => key);
  await dropFor(tx, place, keysOf(false), "deleted at the vendor", at);
  await dropFor(tx, place, keysOf(true), "erased at the vendor (privacy request)", at);
  await dropFor(tx, place, silent, "no longer knowledge", at);
}

async function dropFor(
  tx: Tx,
  { orgId, connectionId, stream }: Place,
  keys: readonly string[],
  reason: string,
  at: Date,
): Promise<void> {
  if (keys.length === 0) return;
  // Locked first: an indexer may be at one of them, and what it commits has to go too.
  const locked = await tx.query<{ id: string }>(lockDocuments, [
    orgId,
    connectionId,
    stream,
    [...keys].sort(),
  ]);
  if (locked.rows.length === 0) return;
  const { rows } = await tx.query<{ id: string; source_key: string }>(deleteDocuments, [
    orgId,
    locked.rows.map(({ id }) => id),
  ]);
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  const distilled = await dropLearned(tx, orgId, ids);
  const dropped = await dropChunks(tx, orgId, [...ids, ...distilled.map(({ id }) => id)]);
  const documents = [
    ...rows.map(({ source_key }) => source_key),
    ...distilled.map(({ sourceKey }) => sourceKey),
  ];
  await writeReceipt(tx, orgId, { documents, ...dropped }, reason, at);
}

const lockDocuments = `
  select d.id from unnest($4::text[]) as k(key)
  cross join lateral (
    select id from documents
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key for update) as d`;

const deleteDocuments = `
  delete from documents
  where org_id = $1 and ctid = any(array(
    select d.ctid from unnest($2::text[]) as k(id)
    cross join lateral (select ctid from documents where org_id = $1 and id = k.id offset 0) as d))
  returning id, source_key`;

const selectHashes = `
  select k.key, d.hash, d.distilled from unnest($4::text[]) as k(key)
  cross join lateral (
    select hash, distilled from documents
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as d`;

const insertQueued = `
  insert into documents as d (org_id, connection_id, stream, queued_at, status, external_id, id, source_key, kind,
    title, body, format, audience, about_somebody, occurred_at, url, author, hash, priority, distil)
  select $1, $2, $3, $4, 'pending', x.key, x.id, x.source_key, x.kind, x.title, x.body, x.format, x.audience, x.about,
    x.occurred_at, x.url, x.author, x.hash, x.priority, x.distil
  from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
    $13::boolean[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::smallint[],
    $19::boolean[])
    as x(key, id, source_key, kind, title, body, format, audience, about, occurred_at, url, author, hash, priority,
      distil)`;

const upsertQueued = `${insertQueued}
  on conflict (org_id, connection_id, stream, external_id) do update set
    queued_at = excluded.queued_at, status = 'pending', source_key = excluded.source_key, kind = excluded.kind,
    title = excluded.title, body = excluded.body, format = excluded.format, audience = excluded.audience,
    about_somebody = excluded.about_somebody, occurred_at = excluded.occurred_at, url = excluded.url,
    author = excluded.author, hash = excluded.hash, priority = excluded.priority, distil = excluded.distil, revision = d.revision + 1,
    attempts = 0, next_attempt_at = null, reason = null`;

const touchKept = `
  update documents d set source_key = x.source_key, kind = x.kind, title = x.title, audience = x.audience,
    about_somebody = x.about, occurred_at = x.occurred_at, url = x.url, author = x.author, distil = x.distil
  from json_to_recordset($4::json) as x(key text, source_key text, kind text, title text, audience text,
    about boolean, occurred_at timestamptz, url text, author text, distil boolean)
  where d.org_id = $1 and d.connection_id = $2 and d.stream = $3 and d.external_id = x.key
    and (d.source_key, d.kind, d.audience, d.about_somebody, d.occurred_at, d.url, d.author, d.distil)
      is distinct from (x.source_key, x.kind, x.audience, x.about, x.occurred_at, x.url, x.author, x.distil)`;
