import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import type { UnembeddedChunk } from "../ports/knowledge-store.ts";
import type { Slice } from "../work/slice.ts";
import { vectorsFor } from "./vectors-for.ts";

/** Chunks of one look at the store, which costs more than one batch is worth: about 1 MB of text. */
const lookSize = 512;
const firstWaitMs = 5_000;
const maxWaitMs = 30 * 60_000;

interface Progress {
  /** Nothing is missing: what comes in from now on is embedded as it is indexed. */
  done: boolean;
  failures: number;
  /** Epoch ms; the embedder is left alone until then. */
  notBefore: number;
  filled: number;
}

/** By org. An engine has one embedder, so one look to the end is enough for each. */
const progressOf = new WeakMap<Engine, Map<string, Progress>>();

export interface SpaceFiller {
  /**
   * Embeds up to `limit` chunks that have no vector in the space in use: "more" if there may be others, the time to
   * try again if the embedder failed, undefined once nothing is missing.
   */
  fill(limit: number): Promise<"more" | Date | undefined>;
}

/**
 * Fills the space of a new embedder with what was indexed before it came, batch by batch, each kept at once: a process
 * that ends loses one batch at most. See docs/decisions/2026-11-21-a-new-embedding-space.md.
 */
export function spaceFiller(engine: Engine, slice: Slice): SpaceFiller {
  const { clock, embedder, logger, storage } = engine;
  const { lease } = slice;
  const progress = progressFor(engine, lease.orgId);
  let waiting: UnembeddedChunk[] = [];

  return {
    async fill(limit) {
      if (!embedder || progress.done) return undefined;
      if (clock.now() < progress.notBefore) return new Date(progress.notBefore);
      if (waiting.length === 0) waiting = [...(await storage.knowledge.unembedded(lease, lookSize))];
      if (waiting.length === 0) {
        progress.done = true;
        if (progress.filled > 0)
          logger.info("The embedding space is filled", { org: lease.orgId, chunks: progress.filled });
        return undefined;
      }
      try {
        progress.filled += await embed(waiting.splice(0, limit));
        progress.failures = 0;
        return "more";
      } catch (error) {
        if (slice.signal.aborted) throw slice.signal.reason;
        if (isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost")) throw error;
        progress.notBefore = clock.now() + Math.min(maxWaitMs, firstWaitMs * 2 ** progress.failures++);
        const reason = isHaloError(error)
          ? error.code
          : `internal: ${error instanceof Error ? error.name : "failed"}`;
        logger.warn("The embedding space is not filled yet: its embedder failed", {
          org: lease.orgId,
          reason,
          failures: progress.failures,
        });
        return new Date(progress.notBefore);
      }
    },
  };

  async function embed(chunks: readonly UnembeddedChunk[]): Promise<number> {
    const texts = chunks.map(({ hash, text }) => ({ hash, input: text }));
    const vectors = await vectorsFor(engine, slice, texts);
    return storage.knowledge.addVectors(
      lease,
      chunks.map(({ chunkId, hash }) => ({ chunkId, vectors: vectors.get(hash) ?? [] })),
    );
  }
}

function progressFor(engine: Engine, orgId: string): Progress {
  const orgs = progressOf.get(engine) ?? new Map<string, Progress>();
  progressOf.set(engine, orgs);
  const progress = orgs.get(orgId) ?? { done: false, failures: 0, notBefore: 0, filled: 0 };
  orgs.set(orgId, progress);
  return progress;
}
