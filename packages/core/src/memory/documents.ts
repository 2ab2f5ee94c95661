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
  if (!changed) return false;
  known.revision++;
  known.state = "pending";
  known.attempts = 0;
  known.queuedAt = copy(at);
  known.nextAttemptAt = undefined;
  return true;
}

export function dropDocumentOf(org: Org, row: Row): Document | undefined {
  const document = row.documentId === undefined ? undefined : org.documents.get(row.documentId);
  if (document !== undefined) org.documents.delete(document.id);
  row.documentId = undefined;
  return document;
}

const distilledPrefix = "distilled:";

/** Documents whose source key is wanted, and what was distilled from them. */
export function documentsBy(org: Org, wanted: (sourceKey: string) => boolean): Document[] {
  return [...org.documents.values()].filter(
    ({ sourceKey }) => wanted(sourceKey) || wanted(source(sourceKey)),
  );
}

export const distilledFrom = (org: Org, from: string): Document[] =>
  [...org.documents.values()].filter(({ sourceKey }) => sourceKey !== from && source(sourceKey) === from);

const source = (sourceKey: string): string =>
  sourceKey.startsWith(distilledPrefix) ? sourceKey.slice(distilledPrefix.length) : sourceKey;

/** Takes documents away, with all that was made of them, and leaves the receipt. */
export function removeDocuments(
  org: Org,
  documents: readonly Document[],
  reason: string,
  at: Date,
): DeletionReceipt {
  for (const document of documents) dropDocumentOf(org, document.row);
  const distilled = documents.filter(({ sourceKey }) => sourceKey.startsWith(distilledPrefix));
  const chunks = documents.flatMap((document) => document.chunks);
  const receipt: DeletionReceipt = {
    id: crypto.randomUUID(),
    orgId: org.id,
    at: copy(at),
    reason,
    documents: documents.length - distilled.length,
    chunks: chunks.length,
    vectors: chunks
      .flatMap(({ vectors }) => [...vectors.values()])
      .reduce((sum, { length }) => sum + length, 0),
    distilled: distilled.length,
    sourceKeys: documents.map(({ sourceKey }) => sourceKey),
  };
  org.receipts.push(receipt);
  return receipt;
}
