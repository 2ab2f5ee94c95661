import { approvalPolicy } from "../src/approvals/policy.ts";
import { loadDomains } from "../src/customers/domain.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createEvents } from "../src/events.ts";
import { createKnowledge } from "../src/halo/knowledge-service.ts";
import * as learningService from "../src/halo/learning-service.ts";
import type { HaloEvents, Knowledge } from "../src/halo/surface.ts";
import { type LanguageModel, type Storage, silentLogger, type WorkKind } from "../src/index.ts";
import { distilDocuments } from "../src/knowledge/distil/distil-documents.ts";
import { indexDocuments } from "../src/knowledge/index-documents.ts";
import { checkedModel } from "../src/knowledge/models/checked-model.ts";
import { judgeDocuments } from "../src/knowledge/rules/judge-documents.ts";
import { memoryStorage } from "../src/memory/index.ts";
import { type FakeClock, fakeClock } from "../src/testing/fake-clock.ts";
import { contractSetup, storageTest } from "../src/testing/storage-promise.ts";
import { note, type World, world } from "../src/testing/storage-world.ts";
import { runSlice } from "../src/work/slice.ts";

export const start = Date.parse("2026-03-01T10:00:00Z");

export interface LearningBench {
  readonly clock: FakeClock;
  readonly storage: Storage;
  readonly engine: Engine;
  readonly world: World;
  readonly orgId: string;
  readonly knowledge: Knowledge;
  readonly events: { readonly [name: string]: unknown[] };
  /** Stores notes as documents that ask to be distilled: key to body. */
  put(notes: Readonly<Record<string, string>>, like?: Partial<Parameters<typeof note>[3]>): Promise<void>;
  /** Works whatever is due until nothing is. Returns how many slices it took. */
  work(): Promise<number>;
  /** Source keys that a search for the word finds. */
  find(word: string, like?: Partial<Parameters<Knowledge["search"]>[0]>): Promise<string[]>;
}

/** One org, its knowledge worked slice by slice under a fake clock. */
export async function learningBench(
  options: {
    readonly model?: LanguageModel;
    readonly storage?: (inner: Storage) => Storage;
    /** Another store, open, whose clock is the system's. */
    readonly opened?: Storage;
    readonly engine?: Partial<Engine>;
    readonly timeoutMs?: number;
  } = {},
): Promise<LearningBench> {
  const clock = fakeClock(options.opened ? Date.now() : start);
  const inner = options.opened ?? memoryStorage({ clock });
  const storage = options.storage?.(inner) ?? inner;
  if (!options.opened) await storage.open({ ...contractSetup, clock });
  const self = await world(storageTest({ storage, close: async () => {}, clock, advance: clock.advance }));
  const events = createEvents(silentLogger);
  const seen: Record<string, unknown[]> = {};
  const names = [
    "documents.skipped",
    "document.judged",
    "document.distilled",
    "model.budget_exhausted",
  ] as const;
  for (const name of names)
    events.on(name, (event: HaloEvents[typeof name]) => {
      seen[name] = [...(seen[name] ?? []), event];
    });
  const engine: Engine = {
    storage,
    clock,
    logger: silentLogger,
    events,
    ring: { current: "k1", key: () => new Uint8Array(32).fill(7) },
    integrations: new Map(),
    embedder: undefined,
    model: options.model && checkedModel(options.model, clock, options.timeoutMs),
    learning: { budget: { calls: 1_000, characters: 10_000_000 }, concurrency: 2 },
    domains: await loadDomains(),
    sessions: {} as Engine["sessions"],
    publicUrl: undefined,
    base: "/api/integrations",
    notify: { sinks: new Map(), gapThreshold: 3, gapWindowMs: 1 },
    approvals: approvalPolicy(),
    sliceMs: 30_000,
    leaseMs: 60 * 60_000,
    ...options.engine,
  };
  const knowledge = createKnowledge(engine, learningService);
  const { orgId } = self;
  const kinds: { readonly [kind in WorkKind]?: typeof indexDocuments } = {
    index: indexDocuments,
    judge: judgeDocuments,
    distil: distilDocuments,
  };
  let minutes = 0;

  return {
    clock,
    storage,
    engine,
    world: self,
    orgId,
    knowledge,
    events: seen,
    async put(notes, like = {}) {
      minutes++;
      const records = Object.entries(notes).map(([key, body]) =>
        note(key, minutes, body, { distil: true, title: `About ${key}`, ...like }),
      );
      await self.commit({ stream: "notes", records });
    },
    async work() {
      for (let slices = 0; ; slices++) {
        if (slices > 1_000) throw new Error("the work does not end");
        const leases = await storage.leases.claim({
          ...{ holder: `bench-${slices}`, limit: 1, ttlMs: 60 * 60_000 },
          kinds: ["index", "judge", "distil"],
        });
        const [lease] = leases;
        if (!lease) return slices;
        const work = kinds[lease.kind];
        if (!work) throw new Error("no such work");
        const stop = new AbortController();
        try {
          await storage.leases.release(
            lease,
            await runSlice(engine, lease, stop.signal, (slice) => work(engine, slice)),
          );
        } catch (error) {
          await storage.leases.release(lease, new Date(clock.now()));
          throw error;
        }
      }
    },
    async find(query, like = {}) {
      const scope = { kind: "staff" } as const;
      const hits = await knowledge.search({ orgId, query, scope, limit: 50, ...like });
      return [...new Set(hits.map(({ citation }) => citation.sourceKey))].sort();
    },
  };
}
