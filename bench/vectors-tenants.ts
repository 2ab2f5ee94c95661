import type { IndexedDocument, Lease, QueryTerm } from "@halo/core";
import type { PgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { row } from "./ingest-rows.ts";

// PERFORMANCE §5: synthetic vectors of 500 shared topics, and tenants of 4,000, 800 and about 97 chunks.
export const dimensions = 384;
const topics = 500;
const perDocument = 20;
const wordsPerChunk = 60;

export interface Chunk {
  readonly words: readonly string[];
  readonly vector: Float32Array;
}

export interface Tenant {
  readonly orgId: string;
  readonly chunks: readonly Chunk[];
}

export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Vectors are a topic, some of another and noise; words follow Zipf's law over 20,000. */
export function topicsAndWords(random: () => number) {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const unit = (vector: Float32Array) => {
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const centres = Array.from({ length: topics }, () =>
    unit(Float32Array.from({ length: dimensions }, gauss)),
  );
  const pick = () => centres[Math.floor(random() * topics)] as Float32Array;
  const vector = () => {
    const [one, other, share] = [pick(), pick(), 0.3 * random()];
    return unit(
      Float32Array.from(
        { length: dimensions },
        (_, i) => (one[i] ?? 0) + share * (other[i] ?? 0) + 0.03 * gauss(),
      ),
    );
  };
  const word = () => `w${Math.floor(20_000 ** random())}`;
  const chunk = (): Chunk => ({ words: Array.from({ length: wordsPerChunk }, word), vector: vector() });
  return { vector, chunks: (count: number) => Array.from({ length: count }, chunk) };
}

/** As Halo stores it: records, documents, chunks, postings, vectors. */
export async function load(storage: PgStorage, { orgId, chunks }: Tenant): Promise<void> {
  const at = new Date(1_765_000_000_000);
  const lease = async (kind: Lease["kind"], subject: string): Promise<Lease> => {
    await storage.leases.wake([{ kind, orgId, subject }]);
    const claimed = await storage.leases.claim({ holder: "bench", limit: 10, ttlMs: 600_000, kinds: [kind] });
    const mine = claimed.find((one) => one.orgId === orgId);
    if (!mine) throw new Error("the lease is somebody else's");
    return mine;
  };
  const inbox = await lease("inbox", "c1");
  const documents = Math.ceil(chunks.length / perDocument);
  for (let from = 0; from < documents; from += 500) {
    const records = Array.from({ length: Math.min(500, documents - from) }, (_, i) => ({
      ...row("note", from + i),
      document: {
        id: documentId(orgId, from + i),
        sourceKey: `bench:note:${from + i}`,
        kind: "note",
        title: "Note",
        body: "body",
        format: "text" as const,
        audience: "internal" as const,
        occurredAt: at,
        url: undefined,
        author: undefined,
        hash: "hash",
        priority: 0,
        force: false,
      },
    }));
    await storage.pages.commit({
      lease: inbox,
      orgId,
      connectionId: "c1",
      integration: "bench",
      table: "bench_notes",
      stream: "notes",
      records,
      tombstones: [],
      quarantine: [],
      at,
    });
  }
  const index = await lease("index", orgId);
  for (let from = 0; from < documents; from += 25) {
    const batch = Array.from({ length: Math.min(25, documents - from) }, (_, i) =>
      indexed(orgId, from + i, chunks.slice((from + i) * perDocument, (from + i + 1) * perDocument)),
    );
    if ((await storage.knowledge.replace(index, batch, at)) !== batch.length)
      throw new Error("not all was indexed");
  }
}

const documentId = (orgId: string, i: number) => `${orgId}/${i}`;

function indexed(orgId: string, i: number, chunks: readonly Chunk[]): IndexedDocument {
  return {
    id: documentId(orgId, i),
    revision: 1,
    text: chunks.map(({ words }) => words.join(" ")).join("\n"),
    cleanerVersion: "1",
    chunks: chunks.map(({ words, vector }, index) => {
      const terms = new Map<string, number>();
      for (const word of words) terms.set(word, (terms.get(word) ?? 0) + 1);
      const hash = `${orgId}/${i}/${index}`;
      return { index, start: index, end: index + 1, hash, length: words.length, terms, vectors: [vector] };
    }),
  };
}

/** Three words of one chunk, common ones as often as they are used. */
export function threeWords(random: () => number, chunks: readonly Chunk[]): readonly QueryTerm[] {
  const chunk = chunks[Math.floor(random() * chunks.length)];
  const words = Array.from({ length: 3 }, () => chunk?.words[Math.floor(random() * wordsPerChunk)] ?? "");
  return [...new Set(words)].map((term) => ({ term, weight: 1 }));
}

export function placeOf(orgId: string, hit: { readonly documentId: string; readonly index: number }): number {
  return Number(hit.documentId.slice(orgId.length + 1)) * perDocument + hit.index;
}
