import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgStorage } from "../src/index.ts";
import { controlTables } from "../src/migrate/control-tables.ts";
import { freshDatabase, openPg, servers } from "./support/open.ts";
import { asLogin, doorOf } from "./support/sql.ts";

const stores = [
  ["PGlite", async () => openPg("memory://")],
  ...servers.map(
    ([name, server]) => [name, async () => openPg(await freshDatabase(server), { poolSize: 2 })] as const,
  ),
] as const;

describe.each(stores)("%s", (_, open) => {
  let storage: PgStorage;
  beforeAll(async () => {
    storage = await open();
  });
  afterAll(() => storage.close());

  it("T31 every table with an org has forced row security and the one policy", async () => {
    const tables = await asLogin<{
      name: string;
      enabled: boolean;
      forced: boolean;
      policies: number;
      expression: string | null;
      command: string | null;
      permissive: boolean | null;
    }>(
      storage,
      `select c.relname::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
         (select pg_get_expr(p.polqual, p.polrelid) from pg_policy p where p.polrelid = c.oid limit 1) as expression,
         (select p.polcmd::text from pg_policy p where p.polrelid = c.oid limit 1) as command,
         (select p.polpermissive from pg_policy p where p.polrelid = c.oid limit 1) as permissive
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'halo' and c.relkind in ('r', 'p') and not c.relispartition
         and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id')`,
    );
    const tenant = tables.filter(({ name }) => !(name in controlTables));
    expect(tenant.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["connections", "runs", "deliveries", "end_users", "documents", "acme_people"]),
    );
    for (const table of tenant) {
      expect(table, table.name).toMatchObject({
        enabled: true,
        forced: true,
        policies: 1,
        command: "*",
        permissive: true,
      });
      if (table.name === "deliveries") expect(table.expression).toContain("halo.orgs");
      else {
        expect(table.expression?.replaceAll(/\s+/g, " "), table.name).toMatch(
          /^\(org_id = \( ?SELECT current_setting\('halo\.org'::text, true\) AS current_setting\)\)$/,
        );
      }
    }
  });

  it("T31 tables without row security are those that are listed, with the columns that are listed", async () => {
    const columns = await asLogin<{ name: string; columns: string[] }>(
      storage,
      `select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where n.nspname = 'halo' and c.relkind in ('r', 'p') and not c.relrowsecurity and not c.relispartition
       group by c.relname`,
    );
    const expected = Object.entries(controlTables).map(([name, listed]) => ({ name, columns: [...listed] }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect([...columns].sort(byName)).toEqual(expected.sort(byName));
  });

  it("T31 nothing goes round row security: no definer function but one of a role that is under it too, no view, no truncate, no right for the public", async () => {
    expect(
      await asLogin(
        storage,
        `select p.proname::text, r.rolsuper or r.rolbypassrls as beyond,
           exists (select from aclexplode(p.proacl) x where x.grantee = 0) as public
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
         where n.nspname in ('halo', 'halo_jobs') and p.prosecdef`,
      ),
      // It takes what is old, of the org whose turn it is: row security is forced on its owner.
    ).toEqual([{ proname: "prune_audit", beyond: false, public: false }]);
    expect(
      await asLogin(
        storage,
        `select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('halo', 'halo_jobs') and c.relkind in ('v', 'm')`,
      ),
    ).toEqual([]);
    expect(
      await asLogin(
        storage,
        `select c.relname::text, r.rolname::text, x.privilege_type
         from pg_class c join pg_namespace n on n.oid = c.relnamespace,
           aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
         where n.nspname = 'halo' and c.relkind in ('r', 'p', 'S') and x.grantee <> c.relowner and (
           x.grantee = 0
           or r.rolname not in ('halo_app', 'halo_reader')
           or x.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
           or (r.rolname = 'halo_reader' and x.privilege_type <> 'SELECT')
         )`,
      ),
    ).toEqual([]);
    const [owner] = await asLogin(
      storage,
      `select count(*)::int as others from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('halo', 'halo_jobs') and c.relkind in ('r', 'p') and pg_get_userbyid(c.relowner) <> 'halo_owner'`,
    );
    expect(owner).toEqual({ others: 0 });
  });

  it("T31 readers see no sealed column", async () => {
    const columns = await asLogin<{ name: string }>(
      storage,
      `select a.attname::text as name from pg_attribute a
       where a.attrelid = 'halo.connections'::regclass and a.attnum > 0
         and has_column_privilege('halo_reader', a.attrelid, a.attnum, 'select')`,
    );
    const names = columns.map(({ name }) => name);
    expect(names).toContain("state");
    expect(names).not.toContain("credentials");
    expect(names).not.toContain("webhook_secret");
    const [unrouted] = await asLogin<{ may: boolean }>(
      storage,
      "select has_table_privilege('halo_reader', 'halo.unrouted', 'select') as may",
    );
    expect(unrouted?.may).toBe(false);
  });

  it("I6 with no org set there are no rows, and what runs is neither owner nor superuser", async () => {
    const orgId = "i6";
    await storage.connections.rememberAttempt(orgId, "nonce", new Date(Date.now() + 60_000));
    const [seen] = await doorOf(storage).asControl(async (tx) => {
      const { rows } = await tx.query<{ attempts: number; role: string; superuser: boolean }>(
        `select (select count(*) from oauth_attempts) as attempts, current_user::text as role,
           (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as superuser`,
      );
      return rows;
    });
    expect(seen).toEqual({ attempts: 0, role: "halo_app", superuser: false });
  });

  it("I6 a row of another org is neither written nor moved", async () => {
    const door = doorOf(storage);
    const insert = "insert into oauth_attempts (org_id, nonce_hash, expires_at) values ($1, 'x', now())";
    await expect(door.inOrg("mine", (tx) => tx.query(insert, ["theirs"]))).rejects.toMatchObject({
      code: "storage_failed",
      state: "42501",
    });
    await door.inOrg("mine", (tx) => tx.query(insert, ["mine"]));
    await expect(
      door.inOrg("mine", (tx) => tx.query("update oauth_attempts set org_id = 'theirs'")),
    ).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("T27 an org may be called anything, and stands in no statement", async () => {
    const names = [
      "'; drop table halo.runs; --",
      "o'rg",
      "a\\'b",
      "\\x00",
      'quo"te',
      '["a","b"]',
      "a,b",
      "ünïcödé 🙂",
      "$1",
      "{{app}}",
    ];
    const door = doorOf(storage);
    for (const orgId of names) {
      const [row] = await door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ org: string }>("select current_setting('halo.org') as org");
        return rows;
      });
      expect(row?.org).toBe(orgId);
    }
    const batch = names.map((orgId, index) => ({
      id: `t27-${index}`,
      orgId,
      connectionId: `c-${index}`,
      integration: "acme",
      eventKey: "e",
      type: "t",
      occurredAt: undefined,
      payload: { orgId },
      status: "pending" as const,
      receivedAt: new Date(),
    }));
    expect(await storage.deliveries.accept(batch)).toEqual(names.map(() => true));
    for (const [index, orgId] of names.entries()) {
      expect(await storage.deliveries.get(orgId, `t27-${index}`)).toMatchObject({
        orgId,
        payload: { orgId },
      });
      expect(await storage.deliveries.get(orgId, `t27-${(index + 1) % names.length}`)).toBeUndefined();
    }
  });

  it.each(["", "a\0b", "x".repeat(201)])("T27 refuses %j as an org", async (orgId) => {
    expect(() => doorOf(storage).inOrg(orgId, async () => {})).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
  });

  it("T32 a connection that is given back keeps no org and no role, whatever became of the transaction", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (n: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state % n;
    };
    const door = doorOf(storage);
    const orgs = ["t32-a", "t32-b", "t32-c"];
    await Promise.all(
      Array.from({ length: 60 }, async (_, step) => {
        const orgId = orgs[random(orgs.length)] ?? "t32-a";
        const failing = random(3) === 0;
        const outcome = door.inOrg(orgId, async (tx) => {
          const { rows } = await tx.query<{ org: string }>("select current_setting('halo.org') as org");
          expect(rows[0]?.org, `seed ${seed} step ${step}`).toBe(orgId);
          if (failing) await tx.query("select 1 / 0");
        });
        await (failing ? expect(outcome).rejects.toMatchObject({ code: "storage_failed" }) : outcome);
        const [left] = await asLogin<{ org: string | null; orgs: string | null; role: string }>(
          storage,
          "select current_setting('halo.org', true) as org, current_setting('halo.orgs', true) as orgs, current_user::text as role",
        );
        expect([null, ""], `seed ${seed} step ${step}`).toContain(left?.org ?? null);
        expect([null, ""], `seed ${seed} step ${step}`).toContain(left?.orgs ?? null);
        expect(left?.role).not.toBe("halo_app");
      }),
    );
  });
});
