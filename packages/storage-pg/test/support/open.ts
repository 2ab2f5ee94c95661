import type { OpenStorage } from "@halo/core/testing";
import { contractSetup } from "@halo/core/testing";
import { inject } from "vitest";
import { type PgStorage, type PgStorageOptions, pgStorage } from "../../src/index.ts";
import { asAdmin } from "./postgres-server.ts";

/** A fresh database on a server of the test run; the URL of its superuser. */
export async function freshDatabase(server: string): Promise<string> {
  const name = `t_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  return server.replace(/\/postgres$/, `/${name}`);
}

export async function openPg(target: string, options: PgStorageOptions = {}): Promise<PgStorage> {
  const storage = pgStorage(target, { migrate: "auto", ...options });
  await storage.open(contractSetup);
  return storage;
}

const openPglite: OpenStorage = async (setup) => {
  const storage = pgStorage("memory://");
  await storage.open(setup);
  return { storage, close: () => storage.close() };
};

const openServer =
  (server: string): OpenStorage =>
  async (setup) => {
    const url = await freshDatabase(server);
    const storage = pgStorage(url, { migrate: "auto" });
    await storage.open(setup);
    return {
      storage,
      async close() {
        await storage.close();
        const name = new URL(url).pathname.slice(1);
        await asAdmin(server, (client) => client.query(`drop database ${name} with (force)`));
      },
    };
  };

/** The servers that the test run has. */
export const servers: readonly (readonly [name: string, url: string])[] = (
  [
    ["PostgreSQL 18", inject("postgres18")],
    ["PostgreSQL 15", inject("postgres15")],
  ] as const
).flatMap(([name, url]) => (url === undefined ? [] : [[name, url] as const]));

/** Every database that there is. */
export const openers: readonly (readonly [name: string, open: OpenStorage])[] = [
  ["PGlite", openPglite],
  ...servers.map(([name, url]) => [name, openServer(url)] as const),
];
