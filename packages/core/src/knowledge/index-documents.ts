import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import type { IndexedChunk, IndexedDocument, PendingDocument } from "../ports/knowledge-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { chunkInput, chunkText } from "./chunk/chunk-text.ts";
import { cleanerVersion } from "./cleaner-version.ts";
import { spaceFiller } from "./fill-space.ts";
import { analyze } from "./lexical/analyze.ts";
import { type AdmittedDocument, admit } from "./rules/admit.ts";
import { walkDocuments } from "./rules/walk-documents.ts";
import { vectorsFor } from "./vectors-for.ts";

/** Documents of one transaction. Small enough that what just came in waits for one batch only. */
const batchSize = 64;
/** Vectors bought by one call's worth of texts must not be lost with the batch: at most so many documents wait. */
const maxAttempts = 12;
const firstWaitMs = 5_000;
const maxWaitMs = 30 * 60_000;

/**
 * Indexes what waits, what came just now before what a backfill brought; and while nothing waits, fills the embedder's
 * space with what was indexed under another one.
 */
export async function indexDocuments(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, storage, events } = engine;
  const { lease } = slice;
  // After crashes by ones first, so that a document that ends the process comes to stand alone; then by twos, fours, …,
  // or the backlog would take until the lease changes hands.
  let limit = lease.attempts > 2 ? 1 : batchSize;
  const filler = spaceFiller(engine, slice);
  let walking = true;
  for (;;) {
    if (slice.ending()) return new Date(clock.now());
    slice.signal.throwIfAborted();
    // Rules that changed since are heard of by a wake: this slice is not the last.
    walking &&= await walkDocuments(engine, slice);
    const waiting = await storage.knowledge.pending(lease, limit, new Date(clock.now()));
    const size = limit;
    limit = Math.min(batchSize, limit * 2);
    if (waiting.length === 0) {
      if (walking) continue;
      const filled = await filler.fill(size);
      if (filled === "more") continue;
      return earliest(filled, await storage.knowledge.nextDue(lease));
    }
    try {
      // If this is the one that ends processes, its attempt must count although nobody will be there to count it.
      if (size === 1) await postpone(engine, slice, waiting, new Error("crashed"));
      const learned = await admit(engine, slice, waiting);
      const indexed = await prepareDocuments(engine, slice, learned);
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
  learned: readonly AdmittedDocument[],
): Promise<readonly IndexedDocument[]> {
  const cut = learned.map((one) => ({ ...one, chunks: chunkText(one.text) }));
  const vectors = await vectorsFor(
    engine,
    slice,
    cut.flatMap((one) => one.chunks.map((chunk) => ({ hash: chunk.hash, input: chunkInput(chunk) }))),
  );
  return cut.map(({ document, text, chunks, distil }) => ({
    id: document.id,
    revision: document.revision,
    text,
    cleanerVersion,
    distil,
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

const earliest = (a: Again, b: Again): Again => (a && b ? (a < b ? a : b) : (a ?? b));

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
