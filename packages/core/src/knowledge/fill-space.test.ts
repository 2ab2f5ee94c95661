import { describe, expect, it, vi } from "vitest";
import { type Bench, bench, orgId, tamper } from "../../test/harness.ts";
import type { Engine } from "../engine/engine.ts";
import { VendorError } from "../errors.ts";
import type { Storage } from "../index.ts";
import { silentLogger } from "../index.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { Lease } from "../ports/lease-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import type { Slice } from "../work/slice.ts";
import { work } from "../work/worker.ts";
import { checkedEmbedder, hashingEmbedder } from "./embedders/index.ts";
import { indexDocuments } from "./index-documents.ts";
import { search } from "./search.ts";

const staff = { scope: { kind: "staff" as const } };

/** Another model, of 16 dimensions, that keeps what it was given. */
function another(before: (texts: readonly string[]) => void = () => {}) {
  const inner = hashingEmbedder({ dimensions: 16 });
  const texts: string[] = [];
  const embedder: Embedder = checkedEmbedder({
    ...inner,
    space: "another-16",
    dimensions: 16,
    quality: "semantic",
    weight: 1,
    async embed(given, options) {
      before(given);
      if (options.kind === "document") texts.push(...given);
      return inner.embed(given, options);
    },
  });
  return { embedder, texts };
}

/** Everything indexed under the first model, then the store opened for the one given, as a restart would. */
async function restarted(
  embedder: Embedder,
  people: number,
  options: { storage?: (inner: Storage) => Storage; engine?: Partial<Engine> } = {},
): Promise<{ halo: Bench; engine: Engine }> {
  const { storage, engine } = options;
  const halo = await bench({ people, ...(storage ? { storage } : {}) });
  await halo.start();
  await halo.settle();
  await open(halo, embedder);
  return { halo, engine: { ...halo.engine, ...engine, embedder } };
}

const open = ({ storage }: Bench, { space, dimensions }: Embedder) =>
  storage.open({
    mirrors: [],
    space: { id: space, dimensions },
    logger: silentLogger,
    clock: { now: () => Date.now(), sleep: async () => {} },
    strictRole: false,
  });

async function leased({ storage }: Bench): Promise<Lease> {
  await storage.leases.wake([{ kind: "index", orgId, subject: orgId }]);
  return vi.waitFor(async () => {
    const [lease] = await storage.leases.claim({ holder: "w", limit: 1, ttlMs: 60_000, kinds: ["index"] });
    if (!lease) throw new Error("no index to work");
    return lease;
  });
}

const sliceOf = (lease: Lease, like: Partial<Slice> = {}): Slice => ({
  lease,
  signal: new AbortController().signal,
  ending: () => false,
  abort() {},
  ...like,
});

describe("the space of a new embedder", () => {
  it("F77 is filled with every chunk once, without a document being touched or two models mixed", async () => {
    const replaced: number[] = [];
    const { embedder, texts } = another();
    let filled = () => {};
    const full = new Promise<void>((resolve) => {
      filled = resolve;
    });
    const { halo, engine } = await restarted(embedder, 150, {
      storage: (inner) =>
        tamper(inner, "knowledge", {
          replace: (lease, documents, at) => {
            replaced.push(documents.length);
            return inner.knowledge.replace(lease, documents, at);
          },
        }),
      engine: { logger: { ...silentLogger, info: () => filled() } },
    });
    const indexed = replaced.length;
    const before = await halo.storage.knowledge.counts(orgId);
    expect(await halo.storage.knowledge.nearest(orgId, new Float32Array(16).fill(1), staff, 500)).toEqual([]);

    // Nothing new comes in, and nothing is due: the start of the process is what wakes the index.
    await halo.storage.leases.release(await leased(halo), undefined);
    const stop = new AbortController();
    const working = work(engine, 2, stop.signal);
    await full;
    stop.abort(new Error("filled"));
    await working;

    expect(texts).toHaveLength(150);
    expect(new Set(texts).size).toBe(150);
    expect(replaced).toHaveLength(indexed);
    expect(await halo.storage.knowledge.counts(orgId)).toEqual(before);
    expect(
      await halo.storage.knowledge.nearest(orgId, new Float32Array(16).fill(1), staff, 500),
    ).toHaveLength(150);
    await expect(
      halo.storage.knowledge.nearest(orgId, new Float32Array(64).fill(1), staff, 500),
    ).rejects.toMatchObject({ code: "storage_failed" });
    const [query] = await embedder.embed([texts[17] ?? ""], { kind: "query" });
    const [nearest] = await halo.storage.knowledge.nearest(orgId, query ?? new Float32Array(16), staff, 1);
    const [found] = await halo.storage.knowledge.chunks(orgId, [nearest?.chunkId ?? ""]);
    expect(nearest?.score).toBeCloseTo(1);
    expect(found?.text).toBe(texts[17]);
    const [hit] = await search(engine, { orgId, query: texts[17] ?? "", ...staff, limit: 1 });
    expect(hit?.text).toContain(texts[17]);

    // Beside the old one: whoever goes back finds it as it was.
    const first = halo.engine.embedder;
    if (!first) throw new Error("no first embedder");
    await open(halo, first);
    expect(await halo.storage.knowledge.unembedded(await leased(halo), 9)).toEqual([]);
  });

  it("is looked at to its end once for each process and org", async () => {
    const looked: number[] = [];
    const { embedder, texts } = another();
    const { halo, engine } = await restarted(embedder, 20, {
      storage: (inner) =>
        tamper(inner, "knowledge", {
          unembedded: async (lease, limit) => {
            const found = await inner.knowledge.unembedded(lease, limit);
            looked.push(found.length);
            return found;
          },
        }),
    });
    looked.length = 0;
    const lease = await leased(halo);
    expect(await indexDocuments(engine, sliceOf(lease))).toBeUndefined();
    expect(await indexDocuments(engine, sliceOf(lease))).toBeUndefined();
    expect(looked).toEqual([20, 0]);
    // The next process looks again, and finds nothing to do.
    await indexDocuments({ ...engine }, sliceOf(lease));
    expect(looked).toEqual([20, 0, 0]);
    expect(texts).toHaveLength(20);
  });

  it("waits for what is pending between any two batches", async () => {
    const steps: string[] = [];
    const { embedder } = another();
    const { halo, engine } = await restarted(embedder, 150, {
      storage: (inner) =>
        tamper(inner, "knowledge", {
          pending: (lease, limit, now) => {
            steps.push("pending");
            return inner.knowledge.pending(lease, limit, now);
          },
          addVectors: (lease, vectors) => {
            steps.push(`add ${vectors.length}`);
            return inner.knowledge.addVectors(lease, vectors);
          },
        }),
    });
    steps.length = 0;
    await indexDocuments(engine, sliceOf(await leased(halo)));
    expect(steps).toEqual(["pending", "add 64", "pending", "add 64", "pending", "add 22", "pending"]);
  });

  it("F77 is left alone while the embedder is down, longer each time, and loses no batch", async () => {
    let down = false;
    let calls = 0;
    const { embedder, texts } = another(() => {
      calls++;
      if (down || calls === 2) throw new VendorError("The embedder is away.", { retryable: true });
    });
    const clock = fakeClock(Date.now() + 60_000);
    const { halo, engine } = await restarted(embedder, 100, { engine: { clock } });
    const slice = sliceOf(await leased(halo));
    const waits = async () => ((await indexDocuments(engine, slice))?.getTime() ?? 0) - clock.now();
    expect(await waits()).toBe(5_000);
    expect(texts).toHaveLength(64);
    down = true;
    // Woken for another reason meanwhile: the embedder is not asked.
    await clock.advance(1_000);
    expect(await waits()).toBe(4_000);
    expect(calls).toBe(2);
    await clock.advance(4_000);
    expect(await waits()).toBe(10_000);
    for (let tries = 0; tries < 12; tries++) {
      await clock.advance(30 * 60_000);
      await waits();
    }
    expect(await waits()).toBe(30 * 60_000);
    down = false;
    await clock.advance(30 * 60_000);
    expect(await indexDocuments(engine, slice)).toBeUndefined();
    expect(texts).toHaveLength(100);
    expect(new Set(texts).size).toBe(100);
  });

  it("F05 goes on where the slice before ended, and by small batches after crashes", async () => {
    const sizes: number[] = [];
    const { embedder, texts } = another((given) => sizes.push(given.length));
    const { halo, engine } = await restarted(embedder, 100);
    const lease = await leased(halo);
    let asked = 0;
    const short = sliceOf({ ...lease, attempts: 3 }, { ending: () => asked++ >= 3 });
    expect(await indexDocuments(engine, short)).toBeInstanceOf(Date);
    expect(sizes).toEqual([1, 2, 4]);
    expect(await indexDocuments({ ...engine }, sliceOf(lease))).toBeUndefined();
    expect(sizes).toEqual([1, 2, 4, 64, 29]);
    expect(new Set(texts).size).toBe(100);
  });

  it("is given no text twice that several documents share", async () => {
    const { embedder, texts } = another();
    const halo = await bench({
      people: 10,
      storage: (inner) =>
        tamper(inner, "knowledge", {
          pending: async (...by) =>
            (await inner.knowledge.pending(...by)).map((one) => ({ ...one, title: "A note" })),
        }),
    });
    for (const id of ["00003", "00004"]) halo.vendor.put({ id, note: "The same words." });
    await halo.start();
    await halo.settle();
    await open(halo, embedder);
    await indexDocuments({ ...halo.engine, embedder }, sliceOf(await leased(halo)));
    expect(texts).toHaveLength(9);
    expect(await halo.storage.knowledge.nearest(orgId, new Float32Array(16).fill(1), staff, 50)).toHaveLength(
      10,
    );
  });
});
