import { connectionOf, contractSetup } from "@halo/core/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PgStorage, pgStorage } from "../src/index.ts";
import { freshDatabase, openPg, servers } from "./support/open.ts";
import { doorOf } from "./support/sql.ts";
import { type TransactionPooler, transactionPooler } from "./support/transaction-pooler.ts";

describe.each(servers)("%s behind a pooler in transaction mode", (_, server) => {
  let pooler: TransactionPooler;
  let pooled: string;
  let processes: readonly PgStorage[];

  beforeAll(async () => {
    const url = new URL(await freshDatabase(server));
    await (await openPg(url.href)).close();
    pooler = await transactionPooler(Number(url.port), 3);
    url.port = String(pooler.port);
    pooled = url.href;
    const open = () => openPg(pooled, { poolSize: 4, prepare: false });
    // One of them has something to migrate, and so looks and changes in one transaction.
    const migrating = pgStorage(pooled, { poolSize: 4, prepare: false, migrate: "auto" });
    const more = {
      table: "acme_more",
      integration: "acme",
      stream: "more",
      columns: { name: "text" },
    } as const;
    await migrating.open({ ...contractSetup, mirrors: [...contractSetup.mirrors, more] });
    processes = [await open(), migrating, await open()];
  });
  afterAll(async () => {
    await Promise.all(processes.map((storage) => storage.close()));
    await pooler.close();
  });

  it("T32 clients of three processes share three backends, and none sees another's org, whatever fails", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (n: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % n;
    };
    const orgs = ["t32-a", "t32-b", "t32-c", "t32-d"];
    for (const [at, orgId] of orgs.entries())
      await processes[at % 3]?.connections.create(connectionOf(orgId, { id: `of-${orgId}` }));
    const bystander = new pg.Pool({ connectionString: pooled, max: 1 });
    bystander.on("error", () => {});
    const steps = Array.from({ length: 150 }, async (_, step) => {
      const storage = processes[random(3)];
      const orgId = orgs[random(orgs.length)] ?? "t32-a";
      const fate = random(4);
      const place = `seed ${seed} step ${step}`;
      if (!storage) throw new Error(place);
      if (fate === 3) {
        // What others left on a backend: nothing that outlives a transaction.
        const { rows } = await bystander.query(
          "select current_setting('halo.org', true) as org, current_setting('halo.orgs', true) as orgs, current_user::text as role, current_setting('search_path') as path",
        );
        expect(rows[0]?.org || null, place).toBeNull();
        expect(rows[0]?.orgs || null, place).toBeNull();
        expect(rows[0], place).toMatchObject({ role: "postgres", path: '"$user", public' });
        return;
      }
      const outcome = doorOf(storage).inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ org: string; id: string }>(
          "select current_setting('halo.org') as org, id from connections",
        );
        expect(rows, place).toEqual([{ org: orgId, id: `of-${orgId}` }]);
        if (fate === 1) await tx.query("select 1 / 0");
        if (fate === 2) throw new TypeError("the caller gives up");
      });
      await (fate === 0 ? outcome : expect(outcome, place).rejects.toMatchObject({ code: "storage_failed" }));
    });
    await Promise.all(steps);
    await bystander.end();
    expect(pooler.handovers()).toBeGreaterThan(20);
  });

  it("T32 a client that is cut off amid its transaction leaves nothing for the next on its backend", async () => {
    const [one, two] = processes;
    if (!one || !two) throw new Error("no processes");
    const rude = new pg.Client(pooled);
    rude.on("error", () => {});
    await rude.connect();
    await rude.query(
      "begin; select set_config('halo.org', 'rude', true), set_config('role', 'halo_app', true)",
    );
    (rude as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    for (let turn = 0; turn < 12; turn++) {
      const seen = await doorOf(turn % 2 ? one : two).asControl(async (tx) => {
        const { rows } = await tx.query<{ org: string }>("select current_setting('halo.org', true) as org");
        return rows[0]?.org;
      });
      expect(seen || null).toBeNull();
    }
  });
});
