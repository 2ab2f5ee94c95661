import type { KnowledgeStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { addVectors } from "./add-vectors.ts";
import { searchLegs } from "./legs.ts";
import { countIndex, nextDue, postpone, readPending } from "./queue.ts";
import { readChunks, readHeads, readUntranscribed, readVectorsOf } from "./read-chunks.ts";
import { readReceipts } from "./receipts.ts";
import { removeDocuments } from "./remove.ts";
import { replaceDocuments } from "./replace.ts";
import type { SpaceTable } from "./space.ts";
import { readUnembedded } from "./unembedded.ts";

/** `space` answers with the space in use, once the store is open; undefined: no vector leg. */
export function knowledgeStore(door: Door, space: () => SpaceTable | undefined): KnowledgeStore {
  const legs: KnowledgeStore["legs"] = (orgId, asked, filter, limits) =>
    searchLegs(door, space(), orgId, asked, filter, limits);
  return {
    pending: (lease, limit, now) => readPending(door, lease, limit, now),
    replace: (lease, documents, at) => replaceDocuments(door, space(), lease, documents, at),
    postpone: (lease, failures) => postpone(door, lease, failures),
    nextDue: (lease) => nextDue(door, lease),
    vectorsOf: (orgId, hashes) => readVectorsOf(door, space(), orgId, hashes),
    unembedded: (lease, limit) => readUnembedded(door, space(), lease, limit),
    addVectors: (lease, vectors) => addVectors(door, space(), lease, vectors),
    lexical: async (orgId, terms, filter, limit) =>
      (await legs(orgId, { terms, vector: undefined }, filter, { lexical: limit, nearest: 0 })).lexical,
    nearest: async (orgId, vector, filter, limit) =>
      (await legs(orgId, { terms: [], vector }, filter, { lexical: 0, nearest: limit })).nearest,
    legs,
    chunks: (orgId, chunkIds, around = 0) => readChunks(door, orgId, chunkIds, around),
    heads: (orgId, documentIds) => readHeads(door, orgId, documentIds),
    counts: (orgId) => countIndex(door, orgId),
    untranscribed: (orgId, connectionId, stream, request) =>
      readUntranscribed(door, orgId, connectionId, stream, request),
    remove: (orgId, by, reason, at) => removeDocuments(door, orgId, by, reason, at),
    receipts: (orgId, limit = 100) => readReceipts(door, orgId, limit),
  };
}
