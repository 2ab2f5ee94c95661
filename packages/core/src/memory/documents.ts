import type { DeletionReceipt } from "../ports/knowledge-store.ts";
import type { DocumentRow } from "../ports/page-store.ts";
import { copy, type Document, type Org, type Row } from "./state.ts";

/** Stores a record's document, under the id that it has already. True: it waits to be indexed now. */
export function keepDocument(org: Org, row: Row, wanted: DocumentRow, at: Date): boolean {
  const known = row.documentId === undefined ? undefined : org.documents.get(row.documentId);
  const fields = copy(wanted);
  if (known === undefined) {
    org.documents.set(wanted.id, {
      ...fields,
      row,
      source: undefined,
      revision: 1,
      state: "pending",
      attempts: 0,
      queuedAt: copy(at),
      nextAttemptAt: undefined,
      text: undefined,
      cleanerVersion: undefined,
      chunks: [],
    });
    row.documentId = wanted.id;
    return true;
  }
  const changed = known.hash !== wanted.hash || wanted.force;
  Object.assign(known, fields, { id: known.id });
  followSource(org, known);
  if (!changed) return false;
  known.revision++;
  known.state = "pending";
  known.attempts = 0;
  known.queuedAt = copy(at);
  known.nextAttemptAt = undefined;
  return true;
}

/** What was distilled of a document is never for more people than it is, and is found where it is. */
export function followSource(org: Org, source: Document): void {
  for (const document of org.documents.values())
    if (document.source === source) {
      const { audience, author, occurredAt, url } = source;
      Object.assign(document, copy({ audience, author, occurredAt, url }));
    }
}

export function dropDocumentOf(org: Org, row: Row): Document | undefined {
  const document = row.documentId === undefined ? undefined : org.documents.get(row.documentId);
  if (document !== undefined) dropDocument(org, document);
  return document;
}

/** With what was decided about it; and what was distilled of it is taken away by whoever calls. */
function dropDocument(org: Org, document: Document): void {
  org.documents.delete(document.id);
  if (document.row.documentId === document.id) document.row.documentId = undefined;
  org.learning.decisions.delete(document.id);
  org.learning.distillations.delete(document.id);
  const kept = document.source && org.learning.distillations.get(document.source.id);
  if (document.source && kept?.documentId === document.id)
    org.learning.distillations.set(document.source.id, {
      ...kept,
      status: kept.status === "waiting" ? "waiting" : "cancelled",
      insights: [],
      dropped: 0,
      documentId: undefined,
    });
}

export const distilledPrefix = "distilled:";

/** Documents whose source key is wanted, and what was distilled from them. */
export function documentsBy(org: Org, wanted: (sourceKey: string) => boolean): Document[] {
  return [...org.documents.values()].filter(
    ({ sourceKey, source }) =>
      wanted(sourceKey) || (source !== undefined && wanted(source.sourceKey)) || wanted(plain(sourceKey)),
  );
}

export const distilledFrom = (org: Org, from: Document): Document[] =>
  [...org.documents.values()].filter(({ source }) => source === from);

const plain = (sourceKey: string): string =>
  sourceKey.startsWith(distilledPrefix) ? sourceKey.slice(distilledPrefix.length) : sourceKey;

/** Takes documents away, with all that was made of them, and leaves the receipt. */
export function removeDocuments(
  org: Org,
  documents: readonly Document[],
  reason: string,
  at: Date,
  /** Its index goes, it stays. */
  unlearned?: Document,
): DeletionReceipt {
  for (const document of documents) dropDocument(org, document);
  const distilled = documents.filter(({ sourceKey }) => sourceKey.startsWith(distilledPrefix));
  const all = unlearned === undefined ? documents : [unlearned, ...documents];
  const chunks = all.flatMap((document) => document.chunks);
  const receipt: DeletionReceipt = {
    id: crypto.randomUUID(),
    orgId: org.id,
    at: copy(at),
    reason,
    documents: all.length - distilled.length,
    chunks: chunks.length,
    vectors: chunks
      .flatMap(({ vectors }) => [...vectors.values()])
      .reduce((sum, { length }) => sum + length, 0),
    distilled: distilled.length,
    sourceKeys: all.map(({ sourceKey }) => sourceKey),
  };
  org.receipts.push(receipt);
  return receipt;
}
