import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, world } from "../../../core/src/testing/storage-world.ts";
import { freshDatabase, openPg, servers } from "../../test/support/open.ts";
import { asLogin } from "../../test/support/sql.ts";
import type { PgStorage } from "../index.ts";

const locked = `
  select count(*)::int as waiting from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

describe.each(servers)("%s", (_, server) => {
  let url: string;
  let storage: PgStorage;
  let holder: pg.Client;
  beforeAll(async () => {
    url = await freshDatabase(server);
    storage = await openPg(url);
    holder = new pg.Client({ connectionString: url });
    await holder.connect();
  });
  afterAll(() => Promise.all([holder?.end(), storage?.close()]));

  it("F04 two runs that are a sync's last at the same time note that it was synced", async () => {
    for (let round = 0; round < 20; round++) {
      const self = await world({ storage, now: Date.now, wait: pause });
      const syncId = "sync";
      const leases = [await self.run({ syncId }), await self.run({ syncId, stream: "companies" })];
      for (const lease of leases)
        await storage.runs.planShards(lease, "pull", [{ id: "a", params: null, expectedPages: 1 }]);
      // Both have ended their run, and have not committed, when both are let go on.
      await holder.query("begin");
      await holder.query("select from halo.cursors where org_id = $1 for update", [self.orgId]);
      const ends = leases.map((lease) => storage.runs.finish(lease, { status: "succeeded", at: at(1) }));
      for (let waiting = 0; waiting < 2; await pause(5)) {
        const [row] = await asLogin<{ waiting: number }>(storage, locked);
        waiting = row?.waiting ?? 0;
      }
      await holder.query("commit");
      await Promise.all(ends);
      const { lastSyncedAt } = (await storage.connections.get(self.orgId, self.connectionId)) ?? {};
      expect(lastSyncedAt, `round ${round}`).toEqual(at(1));
    }
  });
});
