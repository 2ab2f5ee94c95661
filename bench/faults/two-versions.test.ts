// A store that the next version has migrated, while a process of this version goes on working.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PgStorage, pgStorage } from "@halo/storage-pg";
import { describe, expect, inject, it } from "vitest";
import { bench, orgId, snapshot } from "../../packages/core/test/harness.ts";
import { freshDatabase } from "../../packages/storage-pg/test/support/open.ts";
import { asLogin } from "../../packages/storage-pg/test/support/sql.ts";

const server = inject("postgres18");
const stores: readonly (readonly [name: string, target: () => Promise<string>])[] = [
  ["PGlite", async () => "memory://"],
  ...(server ? ([["PostgreSQL", () => freshDatabase(server)]] as const) : []),
];

/** The most that a migration may do (migrations/README.md), to every table at once: columns, a key, a table. */
const nextVersion = `
  do $do$
  declare found record;
  begin
    for found in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'halo' and c.relkind in ('r', 'p') and not c.relispartition
    loop
      execute format('alter table %s add column next_note text', found.name);
      execute format('alter table %s add column next_state text not null default ''new''', found.name);
      execute format('create index on %s (next_state)', found.name);
    end loop;
    create table halo.next_things (org_id text not null, id text not null, primary key (org_id, id));
    insert into halo.migrations (name, checksum) values ('9999_next_version', 'x');
  end $do$`;

/** As `migrations().apply()` does it: again, when the server ended it since it and a transaction blocked each other. */
async function migrateNext(storage: PgStorage): Promise<void> {
  for (;;) {
    try {
      await asLogin(storage, nextVersion);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "40P01") throw error;
    }
  }
}

describe.each(stores)("%s", (_, target) => {
  it("F95 a process goes on with a store that the next version migrated amid its run, and starts on it no more", async () => {
    const url = await target();
    let storage: PgStorage | undefined;
    let commits = 0;
    const halo = await bench({
      people: 60,
      storage: () => {
        const inner = pgStorage(url, { migrate: "auto" });
        storage = inner;
        const commit: typeof inner.pages.commit = async (page) => {
          if (page.progress && ++commits === 3) await migrateNext(inner);
          return await inner.pages.commit(page);
        };
        return { ...inner, pages: { ...inner.pages, commit } };
      },
    });
    const [backfill] = await halo.start();
    await halo.settle();
    expect(commits).toBeGreaterThan(3);
    expect(await halo.run(backfill?.id ?? "")).toMatchObject({ status: "succeeded", error: undefined });
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));

    halo.vendor.put({ id: "00007", name: "Renamed" });
    halo.vendor.delete("00008");
    const [incremental] = await halo.start({ mode: "incremental" });
    await halo.settle();
    expect(await halo.run(incremental?.id ?? "")).toMatchObject({ status: "succeeded", error: undefined });
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    const { id } = await halo.connection();
    await halo.storage.connections.change(orgId, id, { settings: { streams: ["people"] } });
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 0 });
    expect(await halo.storage.leases.takeSlot("next", new Date())).toBe(true);

    if (!url.startsWith("memory:")) {
      await expect(bench({ storage: () => pgStorage(url) })).rejects.toMatchObject({
        code: "store_unsuitable",
      });
    }
    await storage?.close();
  });
});

/** What only looks like taking away, and why no process of the version before misses it. */
const harmless: { readonly [migration: string]: readonly string[] } = {
  // Filled by its default and never read: no version sent notifications before this migration.
  "0015_notifications.sql": ["alter table notifications drop column status"],
  // Made anew at once, wider: what the version before writes still fits, and it looks for its own states by name.
  "0023_learning.sql": ["alter table documents drop constraint documents_status_check"],
};
const takesAway =
  /\b(?:drop (?:table|column|constraint|function|type|schema)|rename (?:column|to|constraint)|(?:set data )?type \w+|set not null|truncate|delete from|revoke)\b/i;

it("F95 a migration takes nothing away that the version before uses: it expands", () => {
  const folder = join(import.meta.dirname, "../../packages/storage-pg/migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) {
    // What a function will do when it is called, the migration does not.
    const text = readFileSync(join(folder, name), "utf8")
      .replaceAll(/--.*$/gm, "")
      .replaceAll(/\bas \$\$.*?\$\$/gs, "as body");
    const made = new Set(
      [...text.matchAll(/create (?:table|function) (?:if not exists )?(\w+)/gi)].map(([, one]) => one),
    );
    for (const statement of text.split(";").map((one) => one.trim().replaceAll(/\s+/g, " "))) {
      const [, altered = ""] =
        /^(?:alter table (?:only )?|revoke .* on (?:function )?)(\w+)/i.exec(statement) ?? [];
      // What a migration does to its own tables nobody has used yet.
      if (made.has(altered) || /^create\b|^do\b|^grant\b/i.test(statement)) continue;
      if (harmless[name]?.includes(statement)) continue;
      expect(statement, name).not.toMatch(takesAway);
      expect(statement, name).not.toMatch(/add column(?!.*default).* not null/i);
    }
  }
});
