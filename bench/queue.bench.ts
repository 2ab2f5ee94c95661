import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger, systemClock } from "@halo/core";
import { PgBoss } from "pg-boss";
import { startBoss, within } from "../packages/storage-pg/src/jobs/boss.ts";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { median } from "./measure.ts";

const ROUNDS = 7;
const JOBS = 10_000;
const INSERT = 1_000;
const BATCH = 100;
const PICKUPS = 60;

const bench: Bench = {
  name: "queue",
  about:
    "P14, P15: jobs through Halo's port against pg-boss's own loop, and how soon an idle worker picks up",
  async run(context) {
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    const notes: string[] = [];
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (version) {
      const server = await startPostgres({ version });
      try {
        const [own, peer] = [await server.createDatabase(), await server.createDatabase()];
        const storage = await opened(own);
        await throughput(storage, peer, ratios, rows, context);
        await pickUp(storage, `PostgreSQL ${version}`, "P15", ratios, rows);
        await storage.close();
      } finally {
        await server.stop();
      }
    } else notes.push("SKIPPED P14 and P15 on a server: no PostgreSQL here.");
    const embedded = await opened("memory://");
    await pickUp(embedded, "PGlite", "P15.pglite", ratios, rows);
    await embedded.close();
    notes.push("P15: the 95th percentile in milliseconds, from the call of send to the handler; at most 50.");
    return { ratios, rows, notes };
  },
};
export default bench;

async function opened(target: string): Promise<PgStorage> {
  const storage = pgStorage(target, { migrate: "auto" });
  const setup = {
    mirrors: [],
    space: undefined,
    logger: silentLogger,
    clock: systemClock,
    strictRole: false,
  };
  await storage.open(setup);
  return storage;
}

/** One way to fill and to empty a queue. */
interface Candidate {
  readonly name: string;
  readonly enqueue: (count: number) => Promise<void>;
  readonly drain: (count: number) => Promise<void>;
  readonly empty: () => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

async function throughput(
  storage: PgStorage,
  peerUrl: string,
  ratios: Record<string, number>,
  rows: Row[],
  { log }: BenchContext,
): Promise<void> {
  const boss = new PgBoss({ connectionString: peerUrl, supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  const peer = await bossLoop(boss);
  const halo = await throughPort(storage);
  const times = { enqueue: [[], []] as [number[], number[]], drain: [[], []] as [number[], number[]] };
  for (let round = -1; round < ROUNDS; round++) {
    log(`round ${round + 1} of ${ROUNDS}`);
    // The order turns: no one always follows the same neighbour.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const at of order) {
      const one = at === 0 ? peer : halo;
      await one.empty();
      for (const step of ["enqueue", "drain"] as const) {
        const began = performance.now();
        await one[step](JOBS);
        if (round >= 0) times[step][at as 0 | 1].push(performance.now() - began);
      }
    }
  }
  await Promise.all([peer.close(), halo.close()]);
  for (const step of ["enqueue", "drain"] as const) {
    const [floor, own] = times[step];
    const ratio = median(own.map((ms, round) => (floor[round] ?? 0) / ms));
    ratios[step === "drain" ? "P14" : "P14.enqueue"] = ratio;
    const rate = (all: readonly number[]) => Math.round((JOBS / median(all)) * 1_000);
    rows.push({ what: step, candidate: peer.name, "jobs/s": rate(floor), "of first": 1 });
    rows.push({
      what: step,
      candidate: halo.name,
      "jobs/s": rate(own),
      "of first": Number(ratio.toFixed(3)),
    });
  }
}

/** The floor: pg-boss as its documentation shows batches, one loop. */
async function bossLoop(boss: PgBoss): Promise<Candidate> {
  const queue = "bench";
  await boss.createQueue(queue);
  return {
    name: "pg-boss: insert 1000 / fetch(100) + complete(100)",
    async enqueue(count) {
      for (let i = 0; i < count; i += INSERT)
        await boss.insert(
          queue,
          jobs(i).map((data) => ({ data })),
        );
    },
    async drain(count) {
      for (let done = 0; done < count; ) {
        const batch = await boss.fetch(queue, { batchSize: BATCH });
        await boss.complete(
          queue,
          batch.map(({ id }) => id),
        );
        done += batch.length;
      }
    },
    empty: () => boss.deleteAllJobs(queue),
    close: () => boss.stop({ graceful: false }),
  };
}

async function throughPort(storage: PgStorage): Promise<Candidate> {
  const queue = "bench";
  const { connector, door } = storage[internals];
  const { boss, know } = await startBoss(door);
  await know(queue);
  const session = await connector.acquire();
  await session.exec(
    `create table ${door.names.schema}.bench_data (n int); grant all on ${door.names.schema}.bench_data to ${door.names.app}`,
  );
  session.release(false);
  return {
    name: "Halo: insert in the data's own transaction / work",
    async enqueue(count) {
      for (let i = 0; i < count; i += INSERT) {
        await door.inOrg("org", async (tx) => {
          await tx.query("insert into bench_data (n) values ($1)", [i]);
          await boss.insert(
            queue,
            jobs(i).map((data) => ({ data })),
            { db: within(tx) },
          );
        });
      }
    },
    async drain(count) {
      const stop = new AbortController();
      let done = 0;
      await storage.jobs.work(queue, {
        batchSize: BATCH,
        signal: stop.signal,
        handler: async (batch) => {
          done += batch.length;
          if (done >= count) stop.abort();
        },
      });
    },
    empty: () =>
      door.asControl((tx) =>
        within(tx).executeSql(`delete from ${door.names.jobSchema}.job where name = $1`, [queue]),
      ),
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

const jobs = (from: number) => Array.from({ length: INSERT }, (_, i) => ({ n: from + i }));

async function pickUp(
  storage: PgStorage,
  where: string,
  name: string,
  ratios: Record<string, number>,
  rows: Row[],
): Promise<void> {
  const queue = "idle";
  const stop = new AbortController();
  let heard = (_at: number) => {};
  const working = storage.jobs.work(queue, {
    batchSize: 10,
    signal: stop.signal,
    handler: async () => heard(performance.now()),
  });
  const waits: number[] = [];
  await sleep(500);
  for (let i = 0; i < PICKUPS; i++) {
    const picked = new Promise<number>((resolve) => {
      heard = resolve;
    });
    const sent = performance.now();
    await storage.jobs.send(queue, [{ i }]);
    waits.push((await picked) - sent);
    // Until the worker has completed it, found nothing and fallen asleep.
    await sleep(40 + (i % 7) * 15);
  }
  stop.abort();
  await working;
  waits.sort((a, b) => a - b);
  const at = (share: number) =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN;
  ratios[name] = at(0.95);
  rows.push({
    what: "pick-up from idle",
    candidate: where,
    "p50 ms": at(0.5),
    "p95 ms": at(0.95),
    "max ms": at(1),
  });
}
