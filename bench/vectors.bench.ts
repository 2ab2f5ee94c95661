import { type QueryTerm, silentLogger, systemClock } from "@halo/core";
import { vectorBytes } from "../packages/storage-pg/src/knowledge/vector-bytes.ts";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, Row } from "./bench.ts";
import { mirror } from "./ingest-rows.ts";
import { median } from "./measure.ts";
import {
  type Chunk,
  dimensions,
  load,
  placeOf,
  seeded,
  type Tenant,
  threeWords,
  topicsAndWords,
} from "./vectors-tenants.ts";

const k = 10;
const sizes = [4_000, ...Array<number>(9).fill(800), ...Array<number>(90).fill(97)];
const queries = 30;
const staff = { scope: { kind: "staff" } } as const;

const bench: Bench = {
  name: "vectors",
  about:
    "one tenant's nearest chunks, exactly, and both legs together, on PGlite with pgvector and on a server without it (P11, P12)",
  async run({ args, log }) {
    const random = seeded(7);
    const world = topicsAndWords(random);
    const storage = await open("memory://");
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    try {
      const tenants: Tenant[] = [];
      await layouts(storage);
      for (const [i, size] of sizes.entries()) {
        if (i % 10 === 0) log(`loading: tenant ${i + 1} of ${sizes.length}`);
        const tenant = { orgId: `org-${String(i).padStart(3, "0")}`, chunks: world.chunks(size) };
        tenants.push(tenant);
        await load(storage, tenant);
        await loadLayouts(storage, tenant);
      }
      await analyzeLayouts(storage);
      for (const size of [4_000, 800, 97]) {
        log(`asking tenants of ${size}`);
        await measureTenants(
          storage,
          tenants.filter(({ chunks }) => chunks.length === size).slice(0, 3),
          size,
          { random, world, ratios, rows },
        );
      }
      for (const size of args.includes("--quick") ? [2_400] : [2_400, 48_000]) {
        log(`loading ${size} chunks of one tenant`);
        const tenant = { orgId: `great-${size}`, chunks: world.chunks(size) };
        await load(storage, tenant);
        await measureLegs(storage, tenant, { random, world, ratios, rows });
      }
    } finally {
      await storage.close();
    }
    ratios.P11 = Math.min(...[4_000, 800, 97].map((size) => ratios[`P11.recall.${size}`] ?? 0));
    ratios["P11.time"] = Math.max(...[4_000, 800, 97].map((size) => ratios[`P11.time.${size}`] ?? 9));
    ratios.P12 = Math.max(ratios["P12.800"] ?? 9, ratios["P12.97"] ?? 9);
    const notes: string[] = [];
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (version) {
      log(`PostgreSQL ${version}, without pgvector`);
      const server = await startPostgres({ version });
      try {
        await measureServer(await server.createDatabase(), { random, world, ratios, rows });
      } finally {
        await server.stop();
      }
    } else notes.push("SKIPPED on a server: no PostgreSQL here.");
    return { ratios, rows, notes };
  },
};
export default bench;

async function open(target: string): Promise<PgStorage> {
  const storage = pgStorage(target, { migrate: "auto" });
  await storage.open({
    mirrors: [mirror("bench_notes", "notes")],
    space: { id: "bench", dimensions },
    logger: silentLogger,
    clock: systemClock,
    strictRole: false,
  });
  return storage;
}

/** Vectors are bytes there, and ranked in this process: beside the limit, a scan of the same vectors that are at hand. */
async function measureServer(target: string, { random, world, ratios, rows }: Measuring): Promise<void> {
  const storage = await open(target);
  try {
    for (const size of [4_000, 800, 97]) {
      const tenant = { orgId: `server-${size}`, chunks: world.chunks(size) };
      await load(storage, tenant);
      const times: Record<"scan" | "nearest" | "hybrid", number[]> = { scan: [], nearest: [], hybrid: [] };
      let found = 0;
      for (let round = -5; round < queries; round++) {
        const vector = world.vector();
        const terms = threeWords(random, tenant.chunks);
        const timed = async <T>(name: keyof typeof times, work: () => Promise<T> | T): Promise<T> => {
          const began = performance.now();
          const result = await work();
          if (round >= 0) times[name].push(performance.now() - began);
          return result;
        };
        const truth = await timed("scan", () => nearestOf(tenant.chunks, vector));
        const hits = await timed("nearest", () => storage.knowledge.nearest(tenant.orgId, vector, staff, k));
        await timed("hybrid", () => hybrid(storage, tenant.orgId, terms, vector));
        const got = new Set(hits.map((hit) => placeOf(tenant.orgId, hit)));
        if (round >= 0) found += truth.filter((id) => got.has(id)).length;
      }
      ratios[`P11.server.recall.${size}`] = found / (queries * k);
      ratios[`P11.server.ofScan.${size}`] = median(times.nearest) / median(times.scan);
      ratios[`P12.server.${size}`] = median(times.hybrid) / median(times.nearest);
      for (const [name, what] of [
        ["scan", "limit: a scan in this process"],
        ["nearest", `server, nearest ${k}`],
        ["hybrid", "server, both legs (50 + 50) fused"],
      ] as const)
        rows.push({
          chunks: size,
          what,
          ...spread(times[name]),
          "x floor": median(times[name]) / median(times.scan),
        });
    }
  } finally {
    await storage.close();
  }
}

interface Measuring {
  readonly random: () => number;
  readonly world: ReturnType<typeof topicsAndWords>;
  readonly ratios: Record<string, number>;
  readonly rows: Row[];
}

/** Naive: text, its tsvector and the vector in one row, which is then kept elsewhere. Narrow: the best of PERFORMANCE §5. Both with row security, as Halo's own. */
async function layouts(storage: PgStorage): Promise<void> {
  const secured = (table: string) => `
    alter table ${table} enable row level security; alter table ${table} force row level security;
    create policy tenant on ${table} using (org_id = (select current_setting('halo.org', true)));
    grant select, insert on ${table} to halo_app;`;
  await owner(
    storage,
    `set search_path = halo, public;
     create table naive (org_id text collate "C" not null, id integer not null, body text not null,
       embedding vector(${dimensions}) not null,
       words tsvector generated always as (to_tsvector('simple', body)) stored, primary key (org_id, id));
     create index on naive using gin (words);
     create table narrow (org_id text collate "C" not null, id integer not null,
       embedding vector(${dimensions}) not null, primary key (org_id, id));
     alter table narrow alter column embedding set storage plain;
     ${secured("naive")} ${secured("narrow")}
     set search_path = public`,
  );
}

async function analyzeLayouts(storage: PgStorage): Promise<void> {
  await owner(storage, "analyze halo.naive; analyze halo.narrow");
}

async function owner(storage: PgStorage, sql: string): Promise<void> {
  const session = await storage[internals].connector.acquire();
  try {
    await session.exec(sql);
  } finally {
    session.release(false);
  }
}

async function loadLayouts(storage: PgStorage, { orgId, chunks }: Tenant): Promise<void> {
  for (let from = 0; from < chunks.length; from += 500) {
    const part = chunks.slice(from, from + 500);
    const ids = part.map((_, i) => from + i);
    const vectors = part.map(({ vector }) => vectorText(vector));
    await storage[internals].door.inOrg(orgId, async (tx) => {
      await tx.query(
        "insert into naive (org_id, id, body, embedding) select $1, * from unnest($2::integer[], $3::text[], $4::vector[])",
        [orgId, ids, part.map(({ words }) => words.join(" ")), vectors],
      );
      await tx.query("insert into narrow select $1, * from unnest($2::integer[], $3::vector[])", [
        orgId,
        ids,
        vectors,
      ]);
    });
  }
}

const vectorText = (vector: Float32Array) => `[${vector.join(",")}]`;

const exactly = (storage: PgStorage, table: string, orgId: string, vector: string | Buffer) =>
  storage[internals].door.inOrg(orgId, (tx) =>
    tx.query<{ id: number }>(
      `select id, embedding <=> $2::vector as distance from ${table} where org_id = $1 order by distance limit ${k}`,
      [orgId, vector],
    ),
  );

async function measureTenants(
  storage: PgStorage,
  tenants: readonly Tenant[],
  size: number,
  { random, world, ratios, rows }: Measuring,
): Promise<void> {
  const times: Record<"naive" | "narrow" | "binary" | "nearest" | "hybrid", number[]> = {
    naive: [],
    narrow: [],
    binary: [],
    nearest: [],
    hybrid: [],
  };
  let found = 0;
  let wanted = 0;
  let short = 0;
  for (let round = -5; round < queries; round++) {
    const tenant = tenants[Math.abs(round) % tenants.length];
    if (!tenant) return;
    const { orgId, chunks } = tenant;
    const vector = world.vector();
    const terms = threeWords(random, chunks);
    const timed = async <T>(name: keyof typeof times, work: () => Promise<T>): Promise<T> => {
      const began = performance.now();
      const result = await work();
      if (round >= 0) times[name].push(performance.now() - began);
      return result;
    };
    await timed("naive", () => exactly(storage, "naive", orgId, vectorText(vector)));
    await timed("narrow", () => exactly(storage, "narrow", orgId, vectorText(vector)));
    await timed("binary", () => exactly(storage, "narrow", orgId, vectorBytes(vector)));
    const hits = await timed("nearest", () => storage.knowledge.nearest(orgId, vector, staff, k));
    await timed("hybrid", () => hybrid(storage, orgId, terms, vector));
    const got = new Set(hits.map((hit) => placeOf(orgId, hit)));
    const truth = nearestOf(chunks, vector);
    found += truth.filter((id) => got.has(id)).length;
    wanted += truth.length;
    if (hits.length < Math.min(k, chunks.length)) short++;
  }
  const of = (name: keyof typeof times, floor: keyof typeof times) =>
    median(times[name].map((time, i) => time / (times[floor][i] ?? time)));
  ratios[`P11.recall.${size}`] = found / wanted;
  ratios[`P11.short.${size}`] = short;
  ratios[`P11.time.${size}`] = of("nearest", "narrow");
  ratios[`P11.binary.${size}`] = of("nearest", "binary");
  ratios[`P12.${size}`] = of("hybrid", "naive");
  for (const [name, what, floor] of [
    ["narrow", "floor: exact, narrow table, in a transaction of the org", "narrow"],
    ["nearest", `nearest ${k}: recall ${(found / wanted).toFixed(3)}, ${short} short answers`, "narrow"],
    ["binary", "the same floor, the question's vector sent in binary as Halo does", "narrow"],
    ["naive", "floor: exact, text and vector in one row, same transaction", "naive"],
    ["hybrid", "both legs (50 + 50) fused", "naive"],
  ] as const) {
    rows.push({ chunks: size, what, ...spread(times[name]), "x floor": of(name, floor) });
  }
}

async function measureLegs(
  storage: PgStorage,
  tenant: Tenant,
  { random, world, ratios, rows }: Measuring,
): Promise<void> {
  const { orgId, chunks } = tenant;
  const times: Record<"lexical" | "nearest" | "fused", number[]> = { lexical: [], nearest: [], fused: [] };
  for (let round = -5; round < queries; round++) {
    const vector = world.vector();
    const terms = threeWords(random, chunks);
    for (const [name, work] of [
      ["lexical", () => storage.knowledge.lexical(orgId, terms, staff, 200)],
      ["nearest", () => storage.knowledge.nearest(orgId, vector, staff, 200)],
      ["fused", () => hybrid(storage, orgId, terms, vector, 200)],
    ] as const) {
      const began = performance.now();
      await work();
      if (round >= 0) times[name].push(performance.now() - began);
    }
  }
  for (const name of ["lexical", "nearest", "fused"] as const) {
    rows.push({
      chunks: chunks.length,
      what: `${name}, 200 candidates`,
      ...spread(times[name]),
      "x floor": "",
    });
    ratios[`${name}.${chunks.length}.ms`] = median(times[name]);
  }
}

function spread(times: readonly number[]): { readonly "p50 ms": number; readonly "p95 ms": number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { "p50 ms": median(times), "p95 ms": sorted[Math.floor(sorted.length * 0.95)] ?? 0 };
}

/** Both legs, joined by reciprocal ranks: what a search does beside reading the texts of its hits. */
async function hybrid(
  storage: PgStorage,
  orgId: string,
  terms: readonly QueryTerm[],
  vector: Float32Array,
  candidates = 50,
): Promise<readonly string[]> {
  const limits = { lexical: candidates, nearest: candidates };
  const { lexical, nearest } = await storage.knowledge.legs(orgId, { terms, vector }, staff, limits);
  const scores = new Map<string, number>();
  for (const leg of [lexical.hits, nearest]) {
    leg.forEach(({ chunkId }, rank) => {
      scores.set(chunkId, (scores.get(chunkId) ?? 0) + 1 / (60 + rank));
    });
  }
  return [...scores]
    .sort((a, b) => b[1] - a[1])
    .slice(0, k)
    .map(([id]) => id);
}

/** The exact answer, by a scan in this process. */
function nearestOf(chunks: readonly Chunk[], vector: Float32Array): readonly number[] {
  return chunks
    .map((chunk, id) => ({
      id,
      score: chunk.vector.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0),
    }))
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ id }) => id);
}
