// A database on a file system that is really full. Mounting one takes rights, which not every machine gives.
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pgStorage } from "@halo/storage-pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { integrationDetail } from "../../packages/core/src/halo/detail.ts";
import { bench, orgId, snapshot } from "../../packages/core/test/harness.ts";
import {
  asAdmin,
  type PostgresServer,
  postgresBinaries,
  startPostgres,
} from "../../packages/storage-pg/test/support/postgres-server.ts";

const version = ([18, 15] as const).find((candidate) => postgresBinaries(candidate));
const disk = version && mountSmall();

/** A file system of 64 MB in a temporary folder; undefined where mounting is not allowed. */
function mountSmall(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "halo-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

describe.skipIf(disk === undefined)("a database whose disk is full (needs the right to mount one)", () => {
  const folder = disk ?? "";
  const ballast = join(folder, "ballast");
  let server: PostgresServer;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres({ version: version ?? 18 });
    const { uid, gid } = statSync(server.dataDir);
    chownSync(folder, uid, gid);
    // The log of transactions stays where there is room: a server without that ends itself, which is F70.
    await asAdmin(server.url, (client) => client.query(`create tablespace small location '${folder}'`));
    await asAdmin(server.url, (client) => client.query("create database full_disk tablespace small"));
    url = server.url.replace(/\/postgres$/, "/full_disk");
  });
  afterAll(async () => {
    await server?.stop();
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  const fill = () => {
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    expect(statfsSync(folder).bavail).toBe(0);
  };

  it("F73 a full disk moves no cursor and shows a banner, and the run goes on once there is room", async () => {
    let commits = 0;
    const halo = await bench({
      people: 2_000,
      storage: () => {
        const inner = pgStorage(url, { migrate: "auto" });
        const commit: typeof inner.pages.commit = async (page) => {
          if (page.progress && ++commits === 3) fill();
          return await inner.pages.commit(page);
        };
        return { ...inner, pages: { ...inner.pages, commit } };
      },
    });
    const [run] = await halo.start();
    const runId = run?.id ?? "";
    const settled = halo.settle();
    const detail = () => integrationDetail(halo.engine, orgId, "acme", undefined);
    const banner = async () => (await detail()).banners.find(({ code }) => code === "storage_failed");
    await expect.poll(banner, { timeout: 20_000 }).toMatchObject({ level: "error" });
    expect((await banner())?.message).toMatch(/disk is full: free space/);

    const standing = async () => {
      const { counters } = await halo.run(runId);
      const cursors = await asAdmin(url, (client) => client.query("select cursor from halo.cursors"));
      const rows = await asAdmin(url, (client) => client.query("select count(*)::int from halo.acme_people"));
      return { counters, cursors: cursors.rows, rows: rows.rows[0]?.count as number };
    };
    const before = await standing();
    expect(before.rows).toBe(before.counters.written);
    expect(before.rows).toBeLessThan(2_000);
    const tried = commits;
    await expect.poll(() => commits, { timeout: 10_000 }).toBeGreaterThan(tried);
    expect(await standing()).toEqual(before);

    truncateSync(ballast, 0);
    await settled;
    expect(await halo.run(runId)).toMatchObject({ status: "succeeded", error: undefined });
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    expect((await halo.run(runId)).counters).toMatchObject({ written: 2_000 });
    expect((await detail()).banners).toEqual([]);
    await halo.storage.close();
  }, 60_000);
});
