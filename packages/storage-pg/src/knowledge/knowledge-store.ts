import type { KnowledgeStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { addVectors } from "./add-vectors.ts";
import { searchLexical } from "./lexical.ts";
import { searchNearest } from "./nearest.ts";
import { countIndex, nextDue, postpone, readPending } from "./queue.ts";
import { readChunks, readHeads, readUntranscribed, readVectorsOf } from "./read-chunks.ts";
import { readReceipts } from "./receipts.ts";
import { removeDocuments } from "./remove.ts";
import { replaceDocuments } from "./replace.ts";
import type { SpaceTable } from "./space.ts";
import { readUnembedded } from "./unembedded.ts";

/** `space` answers with the space in use, once the store is open; undefined: no vector leg. */
export function knowledgeStore(door: Door, space: () => SpaceTable | undefined): KnowledgeStore {
  return {
    pending: (lease, limit, now) => readPending(door, lease, limit, now),
    replace: (lease, documents, at) => replaceDocuments(door, space(), lease, documents, at),
    postpone: (lease, failures) => postpone(door, lease, failures),
    nextDue: (lease) => nextDue(door, lease),
    vectorsOf: (orgId, hashes) => readVectorsOf(door, space(), orgId, hashes),
    unembedded: (lease, limit) => readUnembedded(door, space(), lease, limit),
    addVectors: (lease, vectors) => addVectors(door, space(), lease, vectors),
    lexical: (orgId, terms, filter, limit) => searchLexical(door, orgId, terms, filter, limit),
    nearest: (orgId, vector, filter, limit) => searchNearest(door, space(), orgId, vector, filter, limit),
    chunks: (orgId, chunkIds, around = 0) => readChunks(door, orgId, chunkIds, around),
    heads: (orgId, documentIds) => readHeads(door, orgId, documentIds),
    counts: (orgId) => countIndex(door, orgId),
    untranscribed: (orgId, connectionId, stream, request) =>
      readUntranscribed(door, orgId, connectionId, stream, request),
    remove: (orgId, by, reason, at) => removeDocuments(door, orgId, by, reason, at),
    receipts: (orgId, limit = 100) => readReceipts(door, orgId, limit),
  };
}
