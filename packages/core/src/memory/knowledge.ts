import { StorageError } from "../errors.ts";
import { inverseDocumentFrequency, weighTerms } from "../knowledge/lexical/bm25.ts";
import type { DocumentHead, KnowledgeStore, LegHit, SearchFilter } from "../ports/knowledge-store.ts";
import { distilledPrefix, documentsBy, removeDocuments } from "./documents.ts";
import { learnedBy, queueDistillation, verdictsOf } from "./learning.ts";
import { requireLease } from "./leases.ts";
import { unheardIn } from "./meetings.ts";
import { currentId, linked, toCompany, toEndUser } from "./people.ts";
import {
  byText,
  type Customer,
  copy,
  type Document,
  type KeptChunk,
  type Org,
  orgOf,
  type State,
  tuple,
} from "./state.ts";

export function memoryKnowledge(state: State): KnowledgeStore {
  /** The document, if it still is what the indexer read. */
  const atRevision = (org: Org, id: string, revision: number): Document | undefined => {
    const document = org.documents.get(id);
    return document?.revision === revision ? document : undefined;
  };

  const store: KnowledgeStore = {
    async pending(lease, limit, now) {
      const due = [...orgOf(state, lease.orgId).documents.values()].filter(
        ({ state, nextAttemptAt }) =>
          state === "pending" && (nextAttemptAt === undefined || nextAttemptAt <= now),
      );
      due.sort((a, b) => b.priority - a.priority || timeOf(b) - timeOf(a));
      return due
        .slice(0, limit)
        .map(({ id, sourceKey, kind, title, body, format, author, revision, attempts, distil = false }) => ({
          id,
          sourceKey,
          kind,
          title,
          body,
          format,
          author,
          distil,
          verdicts: verdictsOf(orgOf(state, lease.orgId), id, revision),
          decided: orgOf(state, lease.orgId).learning.decisions.has(id),
          stamp: learnedBy(orgOf(state, lease.orgId), id, revision),
          revision,
          attempts,
        }));
    },

    async replace(lease, documents) {
      requireLease(state, lease);
      for (const { chunks } of documents)
        for (const { vectors } of chunks) for (const vector of vectors) requireSpace(state, vector);
      const org = orgOf(state, lease.orgId);
      let replaced = 0;
      for (const { id, revision, text, cleanerVersion, chunks, distil } of copy(documents)) {
        const document = atRevision(org, id, revision);
        if (document === undefined) continue;
        document.state = "indexed";
        document.nextAttemptAt = undefined;
        document.text = text;
        document.cleanerVersion = cleanerVersion;
        document.chunks = chunks.map(({ vectors, ...chunk }) => ({
          ...chunk,
          id: `${id}:${revision}:${chunk.index}`,
          vectors: new Map(vectors.length > 0 ? [[spaceOf(state), vectors]] : []),
        }));
        if (distil !== undefined) queueDistillation(state, org, document, distil);
        replaced++;
      }
      return replaced;
    },

    async postpone(lease, failures) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      for (const { id, revision, nextAttemptAt } of failures) {
        const document = atRevision(org, id, revision);
        if (document === undefined) continue;
        document.attempts++;
        document.nextAttemptAt = copy(nextAttemptAt);
        document.state = nextAttemptAt === undefined ? "failed" : "pending";
      }
    },

    async nextDue(lease) {
      const times = [...orgOf(state, lease.orgId).documents.values()]
        .filter(({ state }) => state === "pending")
        .map(({ nextAttemptAt, queuedAt }) => (nextAttemptAt ?? queuedAt).getTime());
      return times.length === 0
        ? undefined
        : new Date(times.reduce((earliest, time) => Math.min(earliest, time)));
    },

    async vectorsOf(orgId, hashes) {
      const wanted = new Set(hashes);
      const found = new Map<string, readonly Float32Array[]>();
      for (const { chunk } of chunksOf(orgOf(state, orgId))) {
        const vectors = chunk.vectors.get(spaceOf(state));
        if (wanted.has(chunk.hash) && vectors !== undefined) found.set(chunk.hash, copy(vectors));
      }
      return found;
    },

    async unembedded(lease, limit) {
      requireLease(state, lease);
      if (state.space === undefined) return [];
      return chunksOf(orgOf(state, lease.orgId))
        .filter(({ document, chunk }) => document.state === "indexed" && !chunk.vectors.has(spaceOf(state)))
        .sort(
          (a, b) =>
            timeOf(b.document) - timeOf(a.document) ||
            byText(a.document.id, b.document.id) ||
            a.chunk.index - b.chunk.index,
        )
        .slice(0, limit)
        .map(({ document, chunk }) => ({
          chunkId: chunk.id,
          hash: chunk.hash,
          text: (document.text ?? "").slice(chunk.start, chunk.end),
        }));
    },

    async addVectors(lease, added) {
      requireLease(state, lease);
      for (const { vectors } of added) for (const vector of vectors) requireSpace(state, vector);
      const wanted = new Map(added.map(({ chunkId, vectors }) => [chunkId, vectors]));
      let given = 0;
      for (const { chunk } of chunksOf(orgOf(state, lease.orgId))) {
        const vectors = wanted.get(chunk.id) ?? [];
        if (vectors.length === 0 || chunk.vectors.has(spaceOf(state))) continue;
        chunk.vectors.set(spaceOf(state), copy(vectors));
        given++;
      }
      return given;
    },

    async lexical(orgId, terms, filter, limit) {
      const org = orgOf(state, orgId);
      const all = chunksOf(org);
      const averageLength = all.reduce((sum, { chunk }) => sum + chunk.length, 0) / Math.max(all.length, 1);
      const rarities = terms.map(({ term }) => {
        const having = all.reduce((count, { chunk }) => count + (chunk.terms.has(term) ? 1 : 0), 0);
        return having === 0 ? 0 : inverseDocumentFrequency(all.length, having);
      });
      const admits = filterOf(org, filter);
      const hits = all.flatMap((place) => {
        const { length } = place.chunk;
        const frequencies = terms.map(({ term }) => place.chunk.terms.get(term) ?? 0);
        const score = weighTerms({ terms, rarities, averageLength }, frequencies, length);
        return score > 0 && admits(place.document) ? [{ ...hit(place, score), length, frequencies }] : [];
      });
      return { hits: hits.sort(bestFirst).slice(0, limit), averageLength, rarities };
    },

    async nearest(orgId, vector, filter, limit) {
      requireSpace(state, vector);
      const org = orgOf(state, orgId);
      const admits = filterOf(org, filter);
      const hits = chunksOf(org).flatMap((place) => {
        const own = place.chunk.vectors.get(spaceOf(state)) ?? [];
        const scores = own.map((one) => cosine(one, vector));
        return scores.length > 0 && admits(place.document) ? [hit(place, Math.max(...scores))] : [];
      });
      return hits.sort(bestFirst).slice(0, limit);
    },

    async legs(orgId, { terms, vector }, filter, limits) {
      return {
        lexical: await store.lexical(orgId, terms, filter, limits.lexical),
        nearest: vector ? await store.nearest(orgId, vector, filter, limits.nearest) : [],
      };
    },

    async chunks(orgId, chunkIds, around = 0) {
      const wanted = new Set(chunkIds);
      const org = orgOf(state, orgId);
      return [...org.documents.values()].flatMap((document) => {
        const { id, text = "", chunks } = document;
        const near = chunks.filter((chunk) => wanted.has(chunk.id));
        return chunks
          .filter(({ index }) => near.some((other) => Math.abs(other.index - index) <= around))
          .map(({ id: chunkId, index, start, end }) => ({
            chunkId,
            documentId: id,
            index,
            start,
            end,
            text: text.slice(start, end),
          }));
      });
    },

    async heads(orgId, documentIds) {
      const org = orgOf(state, orgId);
      return [...new Set(documentIds)].flatMap((id) => {
        const document = org.documents.get(id);
        return document === undefined ? [] : [copy(headOf(org, document))];
      });
    },

    async counts(orgId) {
      const documents = [...orgOf(state, orgId).documents.values()];
      const inState = (wanted: Document["state"]) =>
        documents.filter((document) => document.state === wanted).length;
      return {
        documents: documents.length,
        indexed: inState("indexed"),
        pending: inState("pending") + inState("judging"),
        failed: inState("failed"),
        skipped: inState("skipped"),
        chunks: documents.reduce((sum, { chunks }) => sum + chunks.length, 0),
      };
    },

    async untranscribed(orgId, connectionId, stream, { kinds, cleanerVersion, after, limit }) {
      const org = orgOf(state, orgId);
      const textless = [...org.documents.values()]
        .filter(
          ({ row, source, state, kind, text, cleanerVersion: cleaned }) =>
            source === undefined &&
            state !== "skipped" &&
            row.collection.connectionId === connectionId &&
            row.collection.stream === stream &&
            kinds.includes(kind) &&
            (after === undefined || row.key > after) &&
            (text === undefined || text === "" || cleaned !== cleanerVersion),
        )
        .map(({ row }) => row.key);
      const unheard = unheardIn(org, connectionId, stream).filter(
        (key) => after === undefined || key > after,
      );
      return [...new Set([...textless, ...unheard])].sort(byText).slice(0, limit);
    },

    async remove(orgId, by, reason, at) {
      const org = orgOf(state, orgId);
      const keys = "sourceKeys" in by ? new Set(by.sourceKeys) : undefined;
      const wanted = (key: string) => ("prefix" in by ? key.startsWith(by.prefix) : keys?.has(key) === true);
      return copy(removeDocuments(org, documentsBy(org, wanted), reason, at));
    },

    async receipts(orgId, limit = 100) {
      return copy([...orgOf(state, orgId).receipts].reverse().slice(0, limit));
    },
  };
  return store;
}

interface Place {
  readonly document: Document;
  readonly chunk: KeptChunk;
}

const chunksOf = (org: Org): Place[] =>
  [...org.documents.values()].flatMap((document) => document.chunks.map((chunk) => ({ document, chunk })));

const hit = ({ document, chunk }: Place, score: number): LegHit => ({
  chunkId: chunk.id,
  documentId: document.id,
  index: chunk.index,
  score,
});

const bestFirst = (a: LegHit, b: LegHit): number =>
  b.score - a.score || byText(a.documentId, b.documentId) || a.index - b.index;

const timeOf = ({ occurredAt, queuedAt }: Document): number => (occurredAt ?? queuedAt).getTime();

export function customersOf(org: Org, { row }: Document): Customer[] {
  const found = row.links.map((link) => linked(org, row.collection.connectionId, link));
  return [...new Set(found)].filter((customer) => customer !== undefined);
}

/** Who may find what. A link whose customer is not known yet still makes a document somebody's. */
export function filterOf(
  org: Org,
  { scope, prefix, since, until }: SearchFilter,
): (document: Document) => boolean {
  const asked =
    scope.kind === "general" ? [] : [scope.endUserId, scope.companyId].filter((id) => id !== undefined);
  const ids = asked.map((id) => currentId(org, id));
  const aboutAsked = (document: Document) => customersOf(org, document).some(({ id }) => ids.includes(id));
  const inScope = (document: Document) => {
    if (scope.kind === "staff") return asked.length === 0 || aboutAsked(document);
    if (document.audience !== "shareable") return false;
    return document.row.links.length === 0 || (asked.length > 0 && aboutAsked(document));
  };
  return (document) =>
    (prefix === undefined || document.sourceKey.startsWith(prefix)) &&
    (since === undefined || (document.occurredAt !== undefined && document.occurredAt >= since)) &&
    (until === undefined || (document.occurredAt !== undefined && document.occurredAt < until)) &&
    inScope(document);
}

function headOf(org: Org, document: Document): DocumentHead {
  const { id, sourceKey, kind, title, audience, occurredAt, url, author, row } = document;
  const customers = customersOf(org, document);
  const { connectionId, stream } = row.collection;
  return {
    id,
    sourceKey,
    kind,
    title,
    audience,
    occurredAt,
    url,
    author,
    connectionId,
    stream: document.source === undefined ? stream : `${distilledPrefix}${stream}`,
    recordKey: row.key,
    endUsers: customers
      .filter((customer) => customer.kind === "end_user")
      .map((customer) => toEndUser(org, customer))
      .map(({ id, name, email }) => ({ id, name, email })),
    companies: customers
      .filter((customer) => customer.kind === "company")
      .map((customer) => toCompany(org, customer))
      .map(({ id, name, domain }) => ({ id, name, domain })),
  };
}

/** Under what a chunk's vectors of the space in use are kept. */
const spaceOf = ({ space }: State): string => (space ? tuple(space.id, String(space.dimensions)) : "");

function requireSpace(state: State, vector: Float32Array): void {
  if (vector.length === state.space?.dimensions) return;
  throw new StorageError("The vector is of another space: open the storage with the embedder in use.", {
    retryable: false,
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let lengthA = 0;
  let lengthB = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA > 0 && lengthB > 0 ? dot / Math.sqrt(lengthA * lengthB) : 0;
}
