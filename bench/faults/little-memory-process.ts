// A process with little memory that takes in many rows; the test reads its one line of output. The vendor makes its
// records as they are asked for, so nothing but the engine and the store can hold on to them.
import { pgStorage } from "@halo/storage-pg";
import { work } from "../../packages/core/src/work/worker.ts";
import { acme, people } from "../../packages/core/test/acme.ts";
import { bench, orgId } from "../../packages/core/test/harness.ts";

const PAGE = 100;
const SHARDS = 10;

const [url = "", total = "0"] = process.argv.slice(2);
const pagesOfShard = Number(total) / PAGE / SHARDS;

const { document: _, shards: __, ...stream } = people;
const many = {
  ...stream,
  shards: async () =>
    Array.from({ length: SHARDS }, (_, at) => ({
      id: String(at),
      pages: pagesOfShard,
      records: pagesOfShard * PAGE,
    })),
  async *pull({ shard, cursor, mode }: Parameters<typeof people.pull>[0]) {
    if (mode.kind !== "backfill") {
      yield { records: [], cursor: null, done: true };
      return;
    }
    for (let page = typeof cursor === "number" ? cursor + 1 : 0; page < pagesOfShard; page++) {
      const records = Array.from({ length: PAGE }, (_, at) => person(`${shard.id}-${page}-${at}`));
      yield { records, cursor: page, done: page === pagesOfShard - 1 };
    }
  },
};

function person(id: string) {
  return {
    id,
    email: `${id}@team${id.length}.example`,
    name: `Person ${id}`,
    note: id.padEnd(1_000, " and more of it"),
    team: "a",
    updatedAt: "2026-01-01T00:00:00.000Z",
  };
}

const halo = await bench({
  people: 0,
  integration: acme({ streams: [many] }),
  storage: () => pgStorage(url, { migrate: "auto" }),
});
const [run] = await halo.start();
const runId = run?.id ?? "";
const stop = new AbortController();
const working = work(halo.engine, 4, stop.signal);
const rssMiB = () => process.memoryUsage.rss() / 2 ** 20;
let peakMiB = 0;
/** Peak until a tenth of the rows was there: programs, pools and plans are loaded by then. */
let earlyMiB = 0;
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  peakMiB = Math.max(peakMiB, rssMiB());
  const { counters, status } = await halo.run(runId);
  if (counters.written <= Number(total) / 10) earlyMiB = peakMiB;
  if (status !== "pending" && status !== "running") break;
}
stop.abort(new Error("done"));
await working;
const { counters, status } = await halo.run(runId);
const mirrors = [{ table: "acme_people", stream: "people" }];
const [stats] = await halo.storage.pages.stats(orgId, run?.connectionId ?? "", mirrors);
await halo.storage.close();
process.stdout.write(
  `${JSON.stringify({ status, written: counters.written, live: stats?.records, peakMiB, earlyMiB })}\n`,
);
