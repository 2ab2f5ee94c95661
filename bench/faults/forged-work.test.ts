// Whoever can write into the queue or into the leases, and nowhere else, gains nothing by it.
import { kickQueue } from "@halo/core";
import { type PgStorage, pgStorage } from "@halo/storage-pg";
import { describe, expect, inject, it } from "vitest";
import { work } from "../../packages/core/src/work/worker.ts";
import { type Bench, bench, orgId, snapshot } from "../../packages/core/test/harness.ts";
import { freshDatabase } from "../../packages/storage-pg/test/support/open.ts";
import { asLogin } from "../../packages/storage-pg/test/support/sql.ts";

const server = inject("postgres18");
const stores: readonly (readonly [name: string, target: () => Promise<string>])[] = [
  ["PGlite", async () => "memory://"],
  ...(server ? ([["PostgreSQL", () => freshDatabase(server)]] as const) : []),
];

/** Works until nothing is due any more, forged or not. */
async function workAll(halo: Bench, storage: PgStorage): Promise<void> {
  const stop = new AbortController();
  const working = work(halo.engine, 4, stop.signal);
  const due = () =>
    asLogin(storage, "select kind, subject from halo.leases where due_at <= now() or holder is not null");
  await expect.poll(due, { timeout: 20_000 }).toEqual([]);
  stop.abort(new Error("nothing is due"));
  await working;
}

describe.each(stores)("%s", (_, target) => {
  it("T34 a job holds no more than a wake, and one that says more is a wake", async () => {
    const storage = pgStorage(await target(), { migrate: "auto" });
    const halo = await bench({ people: 20, storage: () => storage });
    const [run] = await halo.start();
    await halo.settle();
    const jobs = await asLogin<{ data: unknown }>(storage, "select data from halo_jobs.job where name = $1", [
      kickQueue,
    ]);
    expect(jobs.length).toBeGreaterThan(0);
    for (const { data } of jobs) expect([null, "{}"]).toContain(data && JSON.stringify(data));

    const calls = halo.vendor.calls.length;
    const forged = { orgId, runId: run?.id, mode: "full_resync", sql: "drop schema halo" };
    await asLogin(
      storage,
      "update halo_jobs.job set data = $1::jsonb, state = 'created', completed_on = null where name = $2",
      [JSON.stringify(forged), kickQueue],
    );
    await workAll(halo, storage);
    expect(halo.vendor.calls).toHaveLength(calls);
    expect(await storage.runs.list(orgId)).toHaveLength(1);
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    await storage.close();
  });

  it("T34 a forged lease opens no other org's work, and begins nothing that is over or forbidden", async () => {
    const storage = pgStorage(await target(), { migrate: "auto" });
    const halo = await bench({ people: 20, storage: () => storage });
    const [over] = await halo.start();
    await halo.settle();
    const { id } = await halo.connection();
    const [pending] = await halo.start({ mode: "full_resync" });
    await storage.connections.change(orgId, id, { modes: { ingest: false } });

    const calls = halo.vendor.calls.length;
    const before = await halo.rows();
    for (const [kind, org, subject] of [
      ["run", orgId, over?.id],
      ["run", orgId, pending?.id],
      ["run", "intruder", pending?.id],
      ["run", "intruder", over?.id],
      ["inbox", "intruder", id],
      ["index", "intruder", orgId],
      ["customers", "intruder", orgId],
      ["run", orgId, "'; drop schema halo cascade; --"],
    ]) {
      await asLogin(
        storage,
        `insert into halo.leases (kind, org_id, subject, due_at) values ($1, $2, $3, now())
         on conflict (kind, org_id, subject) do update set due_at = now()`,
        [kind, org, subject],
      );
    }
    await workAll(halo, storage);
    expect(halo.vendor.calls).toHaveLength(calls);
    expect(await halo.rows()).toEqual(before);
    expect(await halo.run(over?.id ?? "")).toMatchObject({ status: "succeeded" });
    expect(await halo.run(pending?.id ?? "")).toMatchObject({ status: "cancelled" });
    expect(await storage.runs.list("intruder")).toEqual([]);
    expect(await storage.connections.list("intruder")).toEqual([]);
    await storage.close();
  });
});
