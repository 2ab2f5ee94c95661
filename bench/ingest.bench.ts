import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Lease,
  type PageCommit,
  type RecordRow,
  type Storage,
  silentLogger,
  systemClock,
} from "@halo/core";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { mirrorReader } from "../packages/storage-pg/src/pages/mirror.ts";
import { upsertRecords } from "../packages/storage-pg/src/pages/upsert-records.ts";
import { readVersions } from "../packages/storage-pg/src/pages/versions.ts";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { contact, copyColumns, copyLine, engagement, mirror, page, row } from "./ingest-rows.ts";
import { median } from "./measure.ts";

const rounds = 5;
/** What a commit holds at most. */
const pageSize = 1_000;

const setup = {
  mirrors: [
    mirror("bench_rows", "rows"),
    mirror("bench_contacts", "contacts"),
    mirror("bench_engagements", "engagements"),
  ],
  space: undefined,
  logger: silentLogger,
  clock: systemClock,
  strictRole: false,
};

/** One database with Halo in it, and a way past Halo for the floor. */
interface Place {
  readonly storage: PgStorage;
  /** COPY straight into a table, as its owner, with no row security in the way. */
  readonly copy: (table: string, columns: string, lines: readonly string[]) => Promise<void>;
  readonly sql: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}

const bench: Bench = {
  name: "ingest",
  about:
    "rows into a mirror, and whole commits, against COPY straight into the same tables (P5, P6, P7, commitPath)",
  async run(context) {
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    const notes: string[] = [];
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (version && !context.args.includes("--pglite")) {
      const server = await startPostgres({ version });
      try {
        const place = await openServer(await server.createDatabase());
        // First, in a process that holds nothing else: what the rounds leave behind would be counted, or hide it.
        await memory(place, ratios, rows, context);
        await measurePlace(
          place,
          `PostgreSQL ${version}`,
          { mirror: "P5", again: "P7", whole: "commitPath" },
          20_000,
          2,
          context,
          ratios,
          rows,
        );
        await place.close();
      } finally {
        await server.stop();
      }
    } else notes.push("SKIPPED on a server: no PostgreSQL here.");
    const place = await openPglite();
    await measurePlace(
      place,
      "PGlite",
      { mirror: "P6", again: "P7.pglite", whole: "commitPath.pglite" },
      10_000,
      1,
      context,
      ratios,
      rows,
    );
    await place.close();
    return { ratios, rows, notes };
  },
};
export default bench;

interface Names {
  readonly mirror: string;
  readonly again: string;
  readonly whole: string;
}

async function measurePlace(
  place: Place,
  where: string,
  names: Names,
  count: number,
  lanes: number,
  { log }: BenchContext,
  ratios: Record<string, number>,
  table: Row[],
): Promise<void> {
  const times: { [name: string]: number[] } = { copy: [], mirror: [], again: [], copyBoth: [], whole: [] };
  const plain = Array.from({ length: count }, (_, i) => row("row", i));
  const half = count / 2;
  const contacts = Array.from({ length: half }, (_, i) => contact(i));
  const engagements = Array.from({ length: half }, (_, i) => engagement(i, half));
  for (let round = -1; round < rounds; round++) {
    log(`${where}: round ${round + 1} of ${rounds}`);
    const note = async (name: string, work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      if (round >= 0) times[name]?.push(performance.now() - began);
    };
    await empty(place);
    await note("copy", () => copyAll(place, "bench_rows", "floor", plain));
    await empty(place);
    await note("mirror", () => mirrorAll(place, "org", plain, lanes));
    await place.sql("analyze halo.bench_rows");
    await note("again", () => mirrorAll(place, "org", plain, lanes));
    await empty(place);
    await note("copyBoth", async () => {
      await copyAll(place, "bench_contacts", "floor", contacts);
      await copyAll(place, "bench_engagements", "floor", engagements);
    });
    await empty(place);
    const work = await prepareRuns(place.storage, lanes);
    await note("whole", async () => {
      await commitAll(place.storage, work.contacts, "contacts", contacts);
      await commitAll(place.storage, work.engagements, "engagements", engagements);
    });
  }
  const rate = (name: string) => Math.round((count / median(times[name] ?? [])) * 1000);
  const ratio = (name: string, floor: string) =>
    median((times[name] ?? []).map((time, i) => (times[floor]?.[i] ?? 0) / time));
  ratios[names.mirror] = ratio("mirror", "copy");
  ratios[names.again] = ratio("again", "mirror");
  ratios[names.whole] = ratio("whole", "copyBoth");
  for (const [name, what, floor] of [
    ["copy", "floor: COPY straight", "copy"],
    ["mirror", "mirror upsert (fence aside), pages of 1,000", "copy"],
    ["again", "the same rows again", "mirror"],
    ["copyBoth", "floor: COPY straight, contacts + engagements", "copyBoth"],
    ["whole", "whole commits: mirror, spine, links, documents, cursor", "copyBoth"],
  ] as const) {
    table.push({ where, what, "rows/s": rate(name), "of floor": Number(ratio(name, floor).toFixed(2)) });
  }
}

async function empty({ sql }: Place): Promise<void> {
  const tables =
    "bench_rows, bench_contacts, bench_engagements, end_users, companies, customer_claims, customer_identities, record_links, documents, runs, cursors, leases";
  await sql(`set search_path = halo; truncate ${tables}; set search_path = public`);
}

function copyAll(place: Place, table: string, orgId: string, records: readonly RecordRow[]): Promise<void> {
  const [first] = records;
  if (!first) return Promise.resolve();
  return place.copy(
    `halo.${table}`,
    copyColumns(first),
    records.map((record) => `${copyLine(orgId, record)}\n`),
  );
}

/** The mirror's part of a commit alone: what is stored, then what differs. */
async function mirrorAll(
  { storage }: Place,
  orgId: string,
  records: readonly RecordRow[],
  lanes: number,
): Promise<void> {
  const { door } = storage[internals];
  const readMirror = mirrorReader(door);
  const place = { orgId, connectionId: "c1" };
  await inLanes(pages(records), lanes, (part) =>
    door.inOrg(orgId, async (tx) => {
      const own = await readMirror(tx, "bench_rows");
      const stored = await readVersions(
        tx,
        own,
        place,
        part.map(({ key }) => key),
      );
      const fresh = part.filter(({ key, hash }) => stored.get(key)?.hash !== hash);
      await upsertRecords(tx, own, place, fresh, new Date(1_765_000_000_000), stored.size === 0);
    }),
  );
}

function pages(records: readonly RecordRow[]): RecordRow[][] {
  return Array.from({ length: Math.ceil(records.length / pageSize) }, (_, i) =>
    records.slice(i * pageSize, (i + 1) * pageSize),
  );
}

async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, lane: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item, lane);
    }),
  );
}

interface Lane {
  readonly lease: Lease;
  readonly progress: NonNullable<PageCommit["progress"]>;
}

/** One run of each stream; its shards are committed side by side, as a worker does with pages that are ready. */
async function prepareRuns(
  storage: Storage,
  lanes: number,
): Promise<{ contacts: readonly Lane[]; engagements: readonly Lane[] }> {
  const prepare = async (stream: string): Promise<readonly Lane[]> => {
    const id = `run-${stream}-${Math.random()}`;
    await storage.runs.start([
      {
        id,
        orgId: "org",
        connectionId: "c1",
        integration: "bench",
        stream,
        syncId: id,
        trigger: "manual",
        mode: "backfill",
        position: 0,
        options: {},
        generation: 1,
      },
    ]);
    await storage.leases.wake([{ kind: "run", orgId: "org", subject: id }]);
    const [lease] = await storage.leases.claim({ holder: "bench", limit: 1, ttlMs: 600_000, kinds: ["run"] });
    if (lease?.subject !== id) throw new Error("another run was claimed");
    const shards = Array.from({ length: lanes }, (_, i) => ({
      id: `s${i}`,
      params: undefined,
      expectedPages: undefined,
    }));
    await storage.runs.planShards(lease, "pull", shards);
    return shards.map((shard) => ({
      lease,
      progress: {
        runId: id,
        phase: "pull",
        shardId: shard.id,
        cursor: "next",
        done: false,
        pages: 10,
        noteKeys: false,
      },
    }));
  };
  return { contacts: await prepare("contacts"), engagements: await prepare("engagements") };
}

async function commitAll(
  storage: Storage,
  lanes: readonly Lane[],
  stream: string,
  records: readonly RecordRow[],
): Promise<void> {
  await inLanes(pages(records), lanes.length, async (part, at) => {
    const lane = lanes[at];
    if (lane) await storage.pages.commit(page(lane.lease, stream, part, lane.progress));
  });
}

/** Memory must follow the page, not the backfill: growth of the process from 20,000 rows to 200,000. */
async function memory(
  place: Place,
  ratios: Record<string, number>,
  table: Row[],
  { log }: BenchContext,
): Promise<void> {
  await empty(place);
  const peakOf = async (from: number, to: number) => {
    let peak = 0;
    for (let i = from; i < to; i += pageSize) {
      await mirrorAll(
        place,
        "org",
        Array.from({ length: pageSize }, (_, k) => row("row", i + k)),
        1,
      );
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    return peak;
  };
  log("memory: 200,000 rows");
  const first = await peakOf(0, 20_000);
  const last = await peakOf(20_000, 200_000);
  const megabytes = Math.max(0, last - first) / 1e6;
  ratios.memory = megabytes;
  table.push({
    where: "this process",
    what: "peak memory growth, 20k to 200k rows (MB, at most 120)",
    "rows/s": 0,
    "of floor": Number(megabytes.toFixed(1)),
  });
}

async function openServer(url: string): Promise<Place> {
  const storage = pgStorage(url, { migrate: "auto" });
  await storage.open(setup);
  const client = new pg.Client(url);
  await client.connect();
  return {
    storage,
    copy: async (table, columns, lines) => {
      const stream = client.query(copyFrom(`copy ${table} (${columns}) from stdin`));
      await pipeline(Readable.from(batches(lines)), stream);
    },
    sql: async (text) => {
      const result = await client.query(text);
      return Array.isArray(result) ? [] : (result.rows as Record<string, unknown>[]);
    },
    close: async () => {
      await client.end();
      await storage.close();
    },
  };
}

function* batches(lines: readonly string[]): Generator<string> {
  for (let i = 0; i < lines.length; i += 500) yield lines.slice(i, i + 500).join("");
}

async function openPglite(): Promise<Place> {
  const storage = pgStorage("memory://");
  await storage.open(setup);
  const { connector } = storage[internals];
  const withSession = async <T>(
    work: (session: Awaited<ReturnType<typeof connector.acquire>>) => Promise<T>,
  ): Promise<T> => {
    const session = await connector.acquire();
    try {
      return await work(session);
    } finally {
      session.release(false);
    }
  };
  return {
    storage,
    copy: (table, columns, lines) =>
      withSession((session) => session.copyIn(`${table} (${columns})`, batches(lines))),
    sql: (text) =>
      withSession(async (session) => {
        await session.exec(text);
        return [];
      }),
    close: () => storage.close(),
  };
}
