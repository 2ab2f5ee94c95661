import { StorageError } from "../errors.ts";
import type { PageCommit, PageResult, PageStore, RecordRow, TombstoneRow } from "../ports/page-store.ts";
import { settleDelivery } from "./deliveries.ts";
import { distilledFrom, dropDocumentOf, keepDocument, removeDocuments } from "./documents.ts";
import { noting } from "./facts.ts";
import { requireLease, wake } from "./leases.ts";
import { dropShared, keepShared } from "./meetings.ts";
import { raisePage } from "./notifications.ts";
import { claim, customerOf, dropClaim, forgetIfEmpty, linked, turnedOutToBeOne } from "./people.ts";
import { compareVersions, versionOf } from "./rows.ts";
import { addShards, shardOf } from "./runs.ts";
import {
  byText,
  type Collection,
  copy,
  type Document,
  type Org,
  orgOf,
  type Row,
  type State,
} from "./state.ts";

export function memoryPages(state: State): PageStore {
  const commit = (page: PageCommit): PageResult => {
    // Everything that can fail comes before the first change, so that a page is stored whole or not at all.
    requireLease(state, page.lease, page.orgId);
    const input = copy(page);
    const org = orgOf(state, page.orgId);
    const mirror = state.mirrors.get(page.table);
    if (mirror === undefined) throw refused(`There is no mirror table ${page.table}`);
    for (const { columns, raw } of page.records) {
      if (!isJson(raw)) throw refused("A record's raw text is no JSON");
      const strange = Object.keys(columns).find((column) => !Object.hasOwn(mirror.columns, column));
      if (strange !== undefined) throw refused(`The mirror table ${page.table} lacks a column of the record`);
    }
    const { progress } = input;
    const run = progress && org.runs.get(progress.runId);
    const shard = run && shardOf(run, progress.phase, progress.shardId);

    const collection = collectionOf(org, input);
    collection.columns = Object.keys(mirror.columns);
    const merges = org.merges.length;
    const fresh = new Set(input.records.flatMap(({ key }) => (collection.rows.has(key) ? [] : [key])));
    const result = { written: 0, unchanged: 0, stale: 0, deleted: 0, documents: 0 };
    for (const record of input.records) applyRecord(org, collection, record, input.at, result);
    const gone: Document[] = [];
    for (const tombstone of input.tombstones)
      if (applyTombstone(org, collection, tombstone, gone)) result.deleted++;
    if (gone.length > 0) removeDocuments(org, gone, "deleted at the vendor", input.at);
    for (const { key, reason, raw } of input.quarantine)
      collection.quarantine.set(key, {
        connectionId: input.connectionId,
        stream: input.stream,
        key,
        reason,
        raw,
        at: input.at,
      });
    if (run !== undefined && shard !== undefined && progress !== undefined) {
      shard.cursor = progress.cursor;
      shard.done = progress.done;
      if (shard.expectedPages !== undefined)
        shard.expectedPages = Math.max(0, shard.expectedPages - progress.pages);
      if (progress.found !== undefined) addShards(run, progress.phase, progress.found.shards);
      const { counters, expectedRecords } = run.run;
      const more = progress.found?.records ?? 0;
      run.run = {
        ...run.run,
        expectedRecords: more > 0 ? (expectedRecords ?? 0) + more : expectedRecords,
        counters: {
          read: counters.read + input.records.length + input.quarantine.length,
          written: counters.written + result.written,
          unchanged: counters.unchanged + result.unchanged,
          deleted: counters.deleted + result.deleted,
          quarantined: counters.quarantined + input.quarantine.length,
          pages: counters.pages + progress.pages,
        },
      };
      // What is quarantined is there at the vendor: a sweep must not take the row it had.
      if (progress.noteKeys) for (const { key } of [...input.records, ...input.quarantine]) run.seen.add(key);
    }
    for (const id of input.deliveries ?? []) settleDelivery(org, id, { status: "done" }, input.at);
    raisePage(state, org, input, fresh);
    if (result.documents > 0) wake(state, { kind: "index", orgId: org.id, subject: org.id });
    if (org.merges.length > merges) wake(state, { kind: "customers", orgId: org.id, subject: org.id });
    return result;
  };

  return {
    commit: async (page) => noting(state, page.orgId, () => commit(page)),

    async get(orgId, connectionId, table, key) {
      const row = byTable(orgOf(state, orgId), connectionId, table)?.rows.get(key);
      if (row === undefined) return undefined;
      const { raw, columns, updatedAt, deletedAt } = row;
      const parsed: unknown = raw === undefined ? null : JSON.parse(raw);
      return copy({ key, raw: parsed, columns, updatedAt, deletedAt });
    },

    async keys(orgId, connectionId, table, { after, limit }) {
      return live(byTable(orgOf(state, orgId), connectionId, table))
        .filter(({ key }) => after === undefined || key > after)
        .slice(0, limit)
        .map(({ key, fingerprint }) => ({ key, fingerprint }));
    },

    async fingerprints(orgId, connectionId, table, keys) {
      const wanted = new Set(keys);
      return new Map(
        live(byTable(orgOf(state, orgId), connectionId, table)).flatMap(({ fingerprint, key }) =>
          wanted.has(key) && fingerprint !== undefined ? [[key, fingerprint] as const] : [],
        ),
      );
    },

    async kept(orgId, connectionId, table, { after, limit }) {
      return [...(byTable(orgOf(state, orgId), connectionId, table)?.rows.values() ?? [])]
        .filter(({ key, raw }) => raw !== undefined && (after === undefined || key > after))
        .map(({ key }) => key)
        .sort(byText)
        .slice(0, limit);
    },

    async unseen(lease, { connectionId, table, before, limit }) {
      const org = orgOf(state, lease.orgId);
      const seen = org.runs.get(lease.subject)?.seen;
      const rows = live(byTable(org, connectionId, table));
      const unseen = rows.filter(({ key, observedAt }) => !seen?.has(key) && observedAt < before);
      return {
        keys: unseen.slice(0, limit).map(({ key }) => key),
        unseen: unseen.length,
        live: rows.length,
      };
    },

    async stats(orgId, connectionId, mirrors) {
      const org = orgOf(state, orgId);
      return mirrors.map(({ table, stream }) => {
        const collection = byTable(org, connectionId, table);
        const rows = live(collection);
        return {
          stream,
          records: rows.length,
          linked: rows.filter(({ links }) =>
            links.some((link) => link.kind === "end_user" && linked(org, connectionId, link) !== undefined),
          ).length,
          deleted: (collection?.rows.size ?? 0) - rows.length,
          quarantined: collection?.quarantine.size ?? 0,
        };
      });
    },
  };
}

const refused = (what: string) =>
  new StorageError(`${what}: open the storage with the definitions that are synced.`, { retryable: false });

function collectionOf(org: Org, { connectionId, integration, table, stream }: PageCommit): Collection {
  const streams = org.collections.get(connectionId) ?? new Map<string, Collection>();
  org.collections.set(connectionId, streams);
  const collection = streams.get(stream) ?? {
    connectionId,
    integration,
    table,
    stream,
    columns: [],
    rows: new Map(),
    merged: new Map(),
    quarantine: new Map(),
  };
  streams.set(stream, collection);
  return collection;
}

function byTable(org: Org, connectionId: string, table: string): Collection | undefined {
  for (const collection of org.collections.get(connectionId)?.values() ?? [])
    if (collection.table === table) return collection;
  return undefined;
}

const live = (collection: Collection | undefined): Row[] =>
  [...(collection?.rows.values() ?? [])]
    .filter(({ deletedAt }) => deletedAt === undefined)
    .sort((a, b) => byText(a.key, b.key));

function applyRecord(
  org: Org,
  collection: Collection,
  record: RecordRow,
  at: Date,
  result: { -readonly [count in keyof PageResult]: number },
): void {
  const { key, updatedAt, observedAt } = record;
  const version = versionOf(updatedAt, observedAt);
  const known = collection.rows.get(key);
  collection.quarantine.delete(key);
  if (known !== undefined) {
    const order = compareVersions(version, known.version);
    if (order < 0 || (order === 0 && known.deletedAt !== undefined)) {
      result.stale++;
      return;
    }
    if (known.deletedAt === undefined && known.hash === record.hash) {
      result.unchanged++;
      if (record.document?.force && keepDocument(org, known, record.document, at)) result.documents++;
      return;
    }
  }
  const row: Row = known ?? emptyRow(collection, key, observedAt);
  collection.rows.set(key, row);
  row.raw = record.raw;
  row.columns = columnsOf(collection, record.columns);
  row.hash = record.hash;
  row.fingerprint = record.fingerprint;
  row.updatedAt = updatedAt;
  row.observedAt = observedAt;
  row.version = version;
  row.deletedAt = undefined;
  row.mergedInto = undefined;
  row.links = record.links;
  row.revenue = record.revenue;
  keepShared(row, record, at);
  if (record.claim === undefined) dropClaim(org, row);
  else claim(org, row, record.claim, at);
  uniteMerged(org, collection, row);
  if (record.document === undefined) dropSilent(org, row, at);
  else if (keepDocument(org, row, record.document, at)) result.documents++;
  result.written++;
}

/** The record is no knowledge any more. */
function dropSilent(org: Org, row: Row, at: Date): void {
  const document = dropDocumentOf(org, row);
  if (document !== undefined)
    removeDocuments(org, [document, ...distilledFrom(org, document)], "no longer knowledge", at);
}

/** True: a live record is gone. One that was never seen leaves its tombstone, so that an older record stays away. */
function applyTombstone(
  org: Org,
  collection: Collection,
  { key, deletedAt, observedAt, mergedInto, purge }: TombstoneRow,
  gone: Document[],
): boolean {
  const version = versionOf(deletedAt, observedAt);
  const known = collection.rows.get(key);
  if (known !== undefined && known.deletedAt === undefined && compareVersions(known.version, version) > 0)
    return false;
  const row = known ?? emptyRow(collection, key, observedAt);
  const wasLive = known !== undefined && known.deletedAt === undefined;
  collection.rows.set(key, row);
  if (row.deletedAt === undefined || compareVersions(version, row.version) > 0) {
    row.version = version;
    row.deletedAt = deletedAt;
  }
  if (mergedInto !== undefined) {
    row.mergedInto = mergedInto;
    const merged = collection.merged.get(mergedInto) ?? new Set();
    collection.merged.set(mergedInto, merged.add(key));
  }
  dropShared(row);
  const document = dropDocumentOf(org, row);
  if (document !== undefined) gone.push(document, ...distilledFrom(org, document));
  if (mergedInto !== undefined) uniteMerged(org, collection, collection.rows.get(mergedInto));
  if (purge) {
    const customerId = row.claim?.customerId;
    dropClaim(org, row);
    if (customerId !== undefined) forgetIfEmpty(org, customerId);
    row.raw = undefined;
    row.columns = columnsOf(collection, {});
    row.links = [];
    row.revenue = undefined;
    row.hash = undefined;
    row.fingerprint = undefined;
    collection.quarantine.delete(key);
  }
  return wasLive;
}

/** Records that the vendor merged are about one customer. */
function uniteMerged(org: Org, collection: Collection, into: Row | undefined): void {
  if (into?.claim === undefined) return;
  const { kind, customerId } = into.claim;
  const customer = customerOf(org, kind, customerId);
  for (const key of collection.merged.get(into.key) ?? []) {
    const row = collection.rows.get(key);
    if (row?.mergedInto !== into.key || row.claim?.kind !== kind) continue;
    const other = customerOf(org, kind, row.claim.customerId);
    if (customer !== undefined && other !== undefined) turnedOutToBeOne(org, customer, other);
  }
}

/** A column left out is null. */
const columnsOf = (collection: Collection, columns: RecordRow["columns"]): Row["columns"] =>
  Object.fromEntries(
    collection.columns.map((column) => [
      column,
      Object.hasOwn(columns, column) ? (columns[column] ?? null) : null,
    ]),
  );

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const emptyRow = (collection: Collection, key: string, observedAt: Date): Row => ({
  collection,
  key,
  raw: undefined,
  columns: {},
  hash: undefined,
  fingerprint: undefined,
  updatedAt: undefined,
  observedAt,
  version: [0, 0],
  deletedAt: undefined,
  mergedInto: undefined,
  claim: undefined,
  links: [],
  documentId: undefined,
});
