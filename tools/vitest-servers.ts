// Starts the real servers that tests are run against, and stops them: PostgreSQL 18 as it comes by npm, and 15 where it
// is installed. Tests get their URLs by `inject("postgres18")` and `inject("postgres15")`.
import type { TestProject } from "vitest/node";
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
} from "../packages/storage-pg/test/support/postgres-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of the superuser; undefined where this version is not on the machine. */
    postgres18: string | undefined;
    postgres15: string | undefined;
  }
}

export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const servers = await Promise.all(([18, 15] as const).map(start));
  project.provide("postgres18", servers[0]?.url);
  project.provide("postgres15", servers[1]?.url);
  return async () => {
    await Promise.all(servers.map((server) => server?.stop()));
  };
}

async function start(version: PostgresVersion): Promise<PostgresServer | undefined> {
  try {
    return await startPostgres({ version });
  } catch (error) {
    // The npm-shipped 18 is everywhere: where a check must not pass unseen, its absence is a failure. 15 is a guest.
    if (process.env.CI === "true" && version === 18) throw error;
    console.warn(`\n!!! SKIPPED: everything on PostgreSQL ${version}: ${String(error)}\n`);
    return undefined;
  }
}
