import { setTimeout as pause } from "node:timers/promises";
import { contractSetup, storageTest } from "@halo/core/testing";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { claimRow, record, world } from "../../../core/src/testing/storage-world.ts";
import { freshDatabase, servers } from "../../test/support/open.ts";
import { pgStorage } from "../index.ts";

describe.each(servers)("%s", (_, server) => {
  it("F74 a customer who is seen while somebody writes to the same row was seen", async () => {
    const url = await freshDatabase(server);
    const storage = pgStorage(url, { migrate: "auto" });
    await storage.open(contractSetup);
    const self = await world(storageTest({ storage, close: () => storage.close() }));
    await self.commit({ records: [record("a", 1, { claim: claimRow({ identities: ["a@acme.test"] }) })] });
    const { id = "" } = (await storage.customers.endUser(self.orgId, { email: "a@acme.test" })) ?? {};
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("begin");
    await other.query("update halo.end_users set context = '{}' where id = $1", [id]);
    const at = new Date();
    const seen = storage.customers.seen(self.orgId, [{ id, at }]);
    for (let waits = false; !waits; await pause(5)) {
      waits = (await other.query("select from pg_locks where not granted")).rows.length > 0;
    }
    await other.query("commit");
    await seen;
    expect(await storage.customers.profile(self.orgId, "end_user", id, 1)).toMatchObject({ lastSeen: at });
    await other.end();
    await storage.close();
  });
});
