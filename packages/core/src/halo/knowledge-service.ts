import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { search } from "../knowledge/search.ts";
import type { Knowledge } from "./surface.ts";

const pollMs = 100;

export function createKnowledge(engine: Engine): Knowledge {
  const { storage, clock } = engine;
  return {
    search: (request) => search(engine, request),
    counts: (orgId) => storage.knowledge.counts(orgId),
    async remove(orgId, by, reason) {
      // An empty prefix is everything an org knows: nobody means that by accident.
      if ("prefix" in by && by.prefix === "") {
        throw new ValidationError("Name a prefix: an empty one would remove everything.", {
          path: "prefix",
          reason: "empty",
        });
      }
      return await storage.knowledge.remove(orgId, by, reason, new Date(clock.now()));
    },
    receipts: (orgId) => storage.knowledge.receipts(orgId),
    async settled(orgId, { signal } = {}) {
      for (;;) {
        signal?.throwIfAborted();
        if ((await storage.knowledge.counts(orgId)).pending === 0) return;
        await clock.sleep(pollMs, signal);
      }
    },
  };
}
