import { expect, it } from "vitest";
import { startBoss } from "../src/jobs/boss.ts";
import { openPg } from "./support/open.ts";
import { doorOf } from "./support/sql.ts";

it("a store's first worker of a queue gets every job that another process had sent before", async () => {
  const storage = await openPg("memory://");
  const other = await startBoss(doorOf(storage));
  await other.know("affairs");
  await other.boss.insert("affairs", [{ data: { n: 1 } }, { data: { n: 2 } }]);
  const stop = new AbortController();
  const got: unknown[] = [];
  await storage.jobs.work("affairs", {
    batchSize: 10,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(5_000)]),
    handler: async (jobs) => {
      got.push(...jobs.map(({ data }) => data));
      if (got.length === 2) stop.abort();
    },
  });
  // All of them; jobs that were sent together come in any order.
  expect(got).toHaveLength(2);
  expect(got).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }]));
  await other.boss.stop({ graceful: false, close: false });
  await storage.close();
});
