import pg from "pg";
import { expect, it } from "vitest";
import { servePglite } from "../src/index.ts";
import { openPg } from "./support/open.ts";

it("serves an embedded store to a client while Halo works on it", async () => {
  await using storage = await disposable();
  const served = await servePglite(storage.value);
  const client = new pg.Client(served.url);
  await client.connect();
  await client.query("begin");
  await client.query("insert into schedule_slots (key, due_at) values ('people', now())");
  const work = storage.value.leases.wake([{ kind: "index", orgId: "a", subject: "a" }]);
  await client.query("rollback");
  await work;
  const { rows } = await client.query(
    "select (select count(*)::int from schedule_slots) as slots, kind from leases",
  );
  expect(rows).toEqual([{ slots: 0, kind: "index" }]);
  await expect(client.query("copy leases from stdin")).rejects.toMatchObject({ code: "0A000" });
  await client.query("set role halo_app");
  await client.end();
  expect(await storage.value.leases.claim({ holder: "h", limit: 1, ttlMs: 1_000 })).toHaveLength(1);
  await served.close();
});

async function disposable() {
  const value = await openPg("memory://");
  return { value, [Symbol.asyncDispose]: () => value.close() };
}
