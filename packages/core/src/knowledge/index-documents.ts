import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import type { IndexedChunk, IndexedDocument, PendingDocument } from "../ports/knowledge-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { type Chunk, chunkInput, chunkText } from "./chunk/chunk-text.ts";
import { cleanerVersion } from "./cleaner-version.ts";
import { documentText } from "./document-text.ts";
import { embedInPieces } from "./embedders/index.ts";
import { analyze } from "./lexical/analyze.ts";

/** Documents of one transaction. Small enough that what just came in waits for one batch only. */
const batchSize = 64;
/** Vectors bought by one call's worth of texts must not be lost with the batch: at most so many documents wait. */
const maxAttempts = 12;
const firstWaitMs = 5_000;
const maxWaitMs = 30 * 60_000;

/** Indexes what waits, what came just now before what a backfill brought. */
export async function indexDocuments(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, storage, events } = engine;
  const { lease } = slice;
  // After crashes by ones first, so that a document that ends the process comes to stand alone; then by twos, fours, …,
  // or the backlog would take until the lease changes hands.
  let limit = lease.attempts > 2 ? 1 : batchSize;
  for (;;) {
    if (slice.ending()) return new Date(clock.now());
    slice.signal.throwIfAborted();
    const waiting = await storage.knowledge.pending(lease, limit, new Date(clock.now()));
    if (waiting.length === 0) return await storage.knowledge.nextDue(lease);
    limit = Math.min(batchSize, limit * 2);
    try {
      const indexed = await prepareDocuments(engine, slice, waiting);
      const stored = await storage.knowledge.replace(lease, indexed, new Date(clock.now()));
      const chunks = indexed.reduce((sum, document) => sum + document.chunks.length, 0);
      events.emit("documents.indexed", { orgId: lease.orgId, documents: stored, chunks });
    } catch (error) {
      if (slice.signal.aborted) throw slice.signal.reason;
      if (isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost")) throw error;
      await postpone(engine, slice, waiting, error);
    }
  }
}

async function prepareDocuments(
  engine: Engine,
  slice: Slice,
  waiting: readonly PendingDocument[],
): Promise<readonly IndexedDocument[]> {
  const cut: {
    readonly document: PendingDocument;
    readonly text: string;
    readonly chunks: readonly Chunk[];
  }[] = [];
  for (const document of waiting) {
    const text = await documentText(document);
    cut.push({ document, text, chunks: chunkText(text) });
  }
  const vectors = await vectorsFor(
    engine,
    slice,
    cut.flatMap((one) => one.chunks),
  );
  return cut.map(({ document, text, chunks }) => ({
    id: document.id,
    revision: document.revision,
    text,
    cleanerVersion,
    chunks: chunks.map((chunk): IndexedChunk => {
      const { length, terms } = analyze(chunkInput(chunk));
      return {
        index: chunk.index,
        start: chunk.start,
        end: chunk.end,
        hash: chunk.hash,
        length,
        terms,
        vectors: vectors.get(chunk.hash) ?? [],
      };
    }),
  }));
}

/** Vectors by hash; what the org has embedded before is not embedded again. */
async function vectorsFor(
  engine: Engine,
  slice: Slice,
  chunks: readonly Chunk[],
): Promise<ReadonlyMap<string, readonly Float32Array[]>> {
  const { embedder, storage } = engine;
  if (!embedder || chunks.length === 0) return new Map();
  const byHash = new Map(chunks.map((chunk) => [chunk.hash, chunk]));
  // Looking a hashed vector up costs more than making it again.
  const known =
    embedder.quality === "lexical"
      ? new Map()
      : await storage.knowledge.vectorsOf(slice.lease.orgId, [...byHash.keys()]);
  const missing = [...byHash.values()].filter((chunk) => !known.has(chunk.hash));
  const made = await embedInPieces(embedder, missing.map(chunkInput), {
    kind: "document",
    signal: slice.signal,
  });
  const vectors = new Map<string, readonly Float32Array[]>(known);
  for (const [index, chunk] of missing.entries()) vectors.set(chunk.hash, made[index] ?? []);
  return vectors;
}

/** The backlog stays visible: what could not be indexed waits with its reason, and is tried again. */
async function postpone(
  engine: Engine,
  slice: Slice,
  waiting: readonly PendingDocument[],
  error: unknown,
): Promise<void> {
  const reason = isHaloError(error)
    ? error.code
    : `internal: ${error instanceof Error ? error.name : "failed"}`;
  engine.logger.warn("Documents could not be indexed and wait", { documents: waiting.length, reason });
  const passing = isHaloError(error);
  await engine.storage.knowledge.postpone(
    slice.lease,
    waiting.map(({ id, revision, attempts }) => {
      const wait = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(attempts, 12));
      // A vendor that is down comes back; a document that our own code cannot take is given up on in the end.
      const giveUp = !passing && attempts + 1 >= maxAttempts;
      return {
        id,
        revision,
        reason,
        nextAttemptAt: giveUp ? undefined : new Date(engine.clock.now() + wait),
      };
    }),
  );
}
