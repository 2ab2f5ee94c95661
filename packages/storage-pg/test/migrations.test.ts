import { setTimeout as pause } from "node:timers/promises";
import { contractMirrors, contractSetup } from "@halo/core/testing";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { migrations, pgStorage } from "../src/index.ts";
import { jobSchemaVersion } from "../src/jobs/job-schema.ts";
import { freshDatabase, servers } from "./support/open.ts";
import { asAdmin } from "./support/postgres-server.ts";
import { asLogin } from "./support/sql.ts";

const wanted = { mirrors: contractMirrors, space: contractSetup.space };

async function refusal(url: string, setup = contractSetup): Promise<Record<string, unknown>> {
  const storage = pgStorage(url, { migrate: "refuse" });
  try {
    await storage.open(setup);
  } catch (error) {
    const { code, option, message } = error as Record<string, unknown>;
    return { code, option, message };
  } finally {
    await storage.close();
  }
  throw new Error("it was not refused");
}

/** A login of its own with just these rights. */
async function login(url: string, rights: string): Promise<string> {
  const name = `login_${Math.random().toString(36).slice(2, 10)}`;
  await asAdmin(url, (client) => client.query(`create role ${name} login ${rights}`));
  return url.replace("postgres@", `${name}@`);
}

describe.each(servers)("%s", (_, server) => {
  it("start-up refuses with the SQL to run, and that SQL is all it takes", async () => {
    const url = await freshDatabase(server);
    const refused = await refusal(url);
    expect(refused).toMatchObject({ code: "migration_needed", option: "storage" });
    const script = String(refused.message).split("\n\n").slice(1).join("\n\n");
    await asAdmin(url, (client) => client.query(script));
    const storage = pgStorage(url);
    await storage.open(contractSetup);
    await storage.close();
  });

  it("refuses a server that is too old, and says which one it takes", async () => {
    const pool = new pg.Pool({ connectionString: await freshDatabase(server) });
    // No such server is to be had here: a real one, which says of itself that it is older.
    const older = {
      async connect() {
        const client = await pool.connect();
        const query = async (text: unknown) => {
          const result = (await client.query(text as string)) as { rows?: Record<string, unknown>[] };
          const facts = result.rows?.[0];
          if (facts && "version_number" in facts)
            Object.assign(facts, { version_number: 140009, version: "14.9" });
          return result;
        };
        return { query, release: (broken?: boolean | Error) => client.release(broken) };
      },
    };
    const storage = pgStorage(older);
    await expect(storage.open(contractSetup)).rejects.toMatchObject({
      code: "store_unsuitable",
      message: expect.stringMatching(/PostgreSQL 14\.9.*15 or newer/),
    });
    await storage.close();
    await pool.end();
  });

  it("plans, applies once from several processes at once, and then has nothing to do", async () => {
    const url = await freshDatabase(server);
    const several = Array.from({ length: 3 }, () => migrations(url, wanted));
    const [first] = several;
    expect(await first?.plan()).toEqual(
      expect.arrayContaining([
        "schemas",
        "bookkeeping",
        "0001_control",
        `jobs_${jobSchemaVersion}`,
        "mirror acme_people",
      ]),
    );
    const done = await Promise.all(several.map((one) => one.apply()));
    expect(done.filter((steps) => steps.length > 0)).toHaveLength(1);
    expect(await first?.plan()).toEqual([]);
    expect(await first?.sql()).toBe("");
    await Promise.all(several.map((one) => one.close()));
  });

  it("two databases of one server are migrated at once, though roles are the server's", async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => freshDatabase(server)));
    const name = `race_${Math.random().toString(36).slice(2, 10)}`;
    const roles = { owner: `${name}_owner`, app: `${name}_app`, reader: `${name}_reader` };
    const several = urls.map((url) => migrations(url, { ...wanted, roles }));
    const done = await Promise.all(several.map((one) => one.apply()));
    expect(done.map((steps) => steps.includes("0001_control"))).toEqual([true, true, true, true]);
    await Promise.all(several.map((one) => one.close()));
  });

  it("nor do two printed scripts that are run at once get in each other's way", async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => freshDatabase(server)));
    const name = `race_${Math.random().toString(36).slice(2, 10)}`;
    const roles = { owner: `${name}_owner`, app: `${name}_app`, reader: `${name}_reader` };
    const several = urls.map((url) => migrations(url, { ...wanted, roles }));
    // All of them are planned while no role is there.
    const scripts = await Promise.all(several.map((one) => one.sql()));
    await Promise.all(urls.map((url, i) => asAdmin(url, (client) => client.query(scripts[i] ?? ""))));
    expect(await Promise.all(several.map((one) => one.plan()))).toEqual([[], [], [], []]);
    await Promise.all(several.map((one) => one.close()));
  });

  it("one login migrates two databases at once", async () => {
    const urls = await Promise.all(Array.from({ length: 3 }, () => freshDatabase(server)));
    const name = `race_${Math.random().toString(36).slice(2, 10)}`;
    const roles = { owner: `${name}_owner`, app: `${name}_app`, reader: `${name}_reader` };
    const [first = ""] = urls;
    const { username } = new URL(await login(first, "createrole"));
    const several = await Promise.all(
      urls.map(async (url) => {
        const database = new URL(url).pathname.slice(1);
        await asAdmin(url, (client) => client.query(`grant create on database ${database} to ${username}`));
        return migrations(url.replace("postgres@", `${username}@`), { ...wanted, roles });
      }),
    );
    const done = await Promise.all(several.map((one) => one.apply()));
    expect(done.map((steps) => steps.includes("0001_control"))).toEqual([true, true, true]);
    await Promise.all(several.map((one) => one.close()));
  });

  it("a login that may only create roles and schemas migrates; one that may only work, works", async () => {
    const url = await freshDatabase(server);
    const migrator = await login(url, "createrole");
    await asAdmin(url, async (client) => {
      await client.query(
        `grant create on database ${new URL(url).pathname.slice(1)} to ${new URL(migrator).username}`,
      );
      // The cluster's roles are there from other tests, and somebody else's.
      await client.query(`do $$ begin
        if exists (select from pg_roles where rolname = 'halo_owner') then
          grant halo_owner, halo_app, halo_reader to ${new URL(migrator).username} with admin option;
        end if;
      end $$`);
    });
    const migrating = migrations(migrator, wanted);
    await migrating.apply();
    await migrating.close();
    const worker = await login(url, "in role halo_app");
    const storage = pgStorage(worker);
    const status = await storage.open({ ...contractSetup, strictRole: true });
    expect(status.notices.filter((notice) => notice.includes("login"))).toEqual([]);
    await storage.leases.wake([{ kind: "index", orgId: "a", subject: "a" }]);
    await storage.close();
  });

  it("I6 T31 a login without rights, and one with too many, are refused with what to do", async () => {
    const url = await freshDatabase(server);
    const migrating = migrations(url, wanted);
    await migrating.apply();
    await migrating.close();
    expect(await refusal(await login(url, ""))).toMatchObject({
      code: "store_unsuitable",
      message: expect.stringContaining("grant halo_app"),
    });
    const strict = { ...contractSetup, strictRole: true };
    expect(await refusal(url, strict)).toMatchObject({
      code: "store_unsuitable",
      message: expect.stringContaining("superuser"),
    });
    expect(await refusal(await login(url, "bypassrls in role halo_app"), strict)).toMatchObject({
      code: "store_unsuitable",
      message: expect.stringContaining("BYPASSRLS"),
    });
    const lax = pgStorage(url);
    expect((await lax.open(contractSetup)).notices).toEqual(
      expect.arrayContaining([expect.stringContaining("superuser")]),
    );
    await lax.close();
  });

  it("I6 T31 an application role that row security does not bind is refused even when nobody is strict", async () => {
    const url = await freshDatabase(server);
    const roles = { owner: "bad_owner", app: "bad_app", reader: "bad_reader" };
    const migrating = migrations(url, { ...wanted, roles });
    await migrating.apply();
    await migrating.close();
    await asAdmin(url, (client) => client.query("alter role bad_app bypassrls"));
    const storage = pgStorage(url, { roles });
    await expect(storage.open(contractSetup)).rejects.toMatchObject({ code: "store_unsuitable" });
    await storage.close();
    await asAdmin(url, (client) =>
      client.query(
        "drop owned by bad_owner, bad_app, bad_reader cascade; drop role bad_owner, bad_app, bad_reader",
      ),
    );
  });

  it("T31 a login that may not migrate is told so, and nothing is half done", async () => {
    const url = await freshDatabase(server);
    const nobody = migrations(await login(url, ""), { ...wanted, schema: "elsewhere" });
    await expect(nobody.apply()).rejects.toMatchObject({ code: "store_unsuitable" });
    await nobody.close();
    const { rows } = await asAdmin(url, (client) =>
      client.query("select count(*)::int as made from pg_namespace where nspname like 'elsewhere%'"),
    );
    expect(rows).toEqual([{ made: 0 }]);
  });

  it("T52 a schema that a newer version migrated is refused", async () => {
    const url = await freshDatabase(server);
    const migrating = migrations(url, wanted);
    await migrating.apply();
    await migrating.close();
    await asAdmin(url, (client) =>
      client.query("insert into halo.migrations (name, checksum) values ('9999_future', 'x')"),
    );
    expect(await refusal(url)).toMatchObject({
      code: "store_unsuitable",
      message: expect.stringContaining("newer"),
    });
  });

  it("a stream that gains a column gains it, and one whose type changed is refused with what to do", async () => {
    const url = await freshDatabase(server);
    const open = async (columns: { [column: string]: "text" | "bigint" }) => {
      const storage = pgStorage(url, { migrate: "auto" });
      try {
        await storage.open({
          ...contractSetup,
          mirrors: [{ table: "acme_things", integration: "acme", stream: "things", columns }],
        });
        return await asLogin<{ name: string; type: string }>(
          storage,
          `select attname::text as name, atttypid::regtype::text as type from pg_attribute
           where attrelid = 'halo.acme_things'::regclass and attname in ('one', 'two')`,
        );
      } finally {
        await storage.close();
      }
    };
    expect(await open({ one: "text" })).toEqual([{ name: "one", type: "text" }]);
    expect(await open({ one: "text", two: "bigint" })).toHaveLength(2);
    await expect(open({ one: "bigint", two: "bigint" })).rejects.toMatchObject({
      code: "configuration_invalid",
      message: expect.stringContaining("one_2"),
    });
  });

  it("F74 F95 a migration that meets a working process in each other's way is made all the same", async () => {
    const url = await freshDatabase(server);
    const open = async (column: string) => {
      const columns = { [column]: "text" } as const;
      const storage = pgStorage(url, { migrate: "auto" });
      const mirrors = ["acme_one", "acme_two"].map((table) => ({
        table,
        integration: "acme",
        stream: table,
        columns,
      }));
      await storage.open({ ...contractSetup, mirrors });
      return storage;
    };
    const before = await open("name");
    const worker = new pg.Client({ connectionString: url });
    await worker.connect();
    // The migration looks first whether they block each other, and is the one that the server ends.
    await worker.query("set deadlock_timeout = '20s'");
    await worker.query("begin");
    await worker.query("lock table halo.acme_two in row exclusive mode");
    const next = open("title");
    for (let waits = false; !waits; await pause(10)) {
      const found = await worker.query(
        "select from pg_locks l join pg_database d on d.oid = l.database where not l.granted and d.datname = current_database()",
      );
      waits = found.rows.length > 0;
    }
    await worker.query("lock table halo.acme_one in row exclusive mode");
    await worker.query("commit");
    await worker.end();
    const after = await next;
    expect(await asLogin(after, "select title from halo.acme_one")).toEqual([]);
    await Promise.all([before.close(), after.close()]);
  });
});

it.each([
  ["a table", { table: "x; drop table runs", columns: {} }],
  ["a table that is Halo's", { table: "leases", columns: {} }],
  ["a column", { table: "acme_x", columns: { 'a" text, b': "text" } }],
  ["a column of every mirror", { table: "acme_x", columns: { org_id: "text" } }],
  ["a word of SQL", { table: "acme_x", columns: { select: "text" } }],
  ["a type", { table: "acme_x", columns: { a: "text; drop table runs" } }],
])("T27 refuses what cannot be %s", async (_, mirror) => {
  const planning = migrations("memory://", {
    mirrors: [{ integration: "acme", stream: "x", ...mirror } as never],
  });
  await expect(planning.plan()).rejects.toMatchObject({ code: "configuration_invalid" });
  await planning.close();
});

it("T27 refuses schema and role names that are no plain identifiers", () => {
  for (const schema of ['a"b', "A", "pg_x", "", "a b", "a;b"]) {
    expect(() => pgStorage("memory://", { schema })).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: "schema" }),
    );
  }
});

it("knows the version of pg-boss's schema", async () => {
  const { readFile } = await import("node:fs/promises");
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const entry = createRequire(import.meta.url).resolve("pg-boss");
  const manifest = JSON.parse(await readFile(join(dirname(entry), "..", "package.json"), "utf8"));
  expect(manifest.pgboss.schema).toBe(jobSchemaVersion);
});
