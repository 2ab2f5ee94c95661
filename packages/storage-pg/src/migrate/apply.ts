import { setTimeout as pause } from "node:timers/promises";
import { ConfigurationError, type StorageSetup } from "@halo/core";
import type { Connector, Session } from "../connect/session.ts";
import { isTransient, sqlState, toStorageError } from "../connect/storage-errors.ts";
import type { Names } from "../roles.ts";
import { type Facts, readFacts } from "./facts.ts";
import { checkMirrors } from "./mirrors.ts";
import { makePlan, type Plan, scriptOf, type Wanted } from "./plan.ts";

const attempts = 8;

/** The least version whose features the statements use. */
const oldestServer = 150_000;

export interface Inspection {
  readonly facts: Facts;
  readonly plan: Plan;
}

/** Looks, and changes nothing. Throws `store_unsuitable` for what cannot be used whatever one does to it here. */
export async function inspect(connector: Connector, names: Names, wanted: Wanted): Promise<Inspection> {
  checkMirrors(wanted.mirrors);
  return withSession(connector, async (session) => {
    // In a transaction, so that the role of `readablePlan` stays behind on no connection that a pooler gives to others.
    await session.exec("begin read only");
    try {
      return await look(session, names, wanted);
    } finally {
      await session.exec("rollback").catch(() => {});
    }
  });
}

/**
 * Brings a database up to date: all that is missing, in one transaction, under a lock that lets one process do it while
 * others wait and then find nothing to do.
 */
export async function applyPlan(
  connector: Connector,
  names: Names,
  wanted: Wanted,
): Promise<readonly string[]> {
  checkMirrors(wanted.mirrors);
  return withSession(connector, async (session) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await applyOnce(session, names, wanted);
      } catch (error) {
        // Processes of the version before go on working: where they and we wait for each other, the server ends one.
        if (!isTransient(error) || attempt >= attempts) throw error;
        await pause(100 * attempt);
      }
    }
  });
}

async function applyOnce(session: Session, names: Names, wanted: Wanted): Promise<readonly string[]> {
  await session.exec("begin");
  try {
    await session.query(
      "select pg_advisory_xact_lock(hashtextextended($1, 0))",
      [`halo.${names.schema}`],
      false,
    );
    const { facts, plan } = await look(session, names, wanted);
    for (const part of scriptOf(plan.steps, names, facts)) await session.exec(part);
    await session.exec("commit");
    return plan.steps.map(({ name }) => name);
  } catch (error) {
    await session.exec("rollback").catch(() => {});
    throw sqlState(error) === "42501" ? lacksRights(names, error) : error;
  }
}

/** The script of all that is missing, to be run by hand as a role that may. */
export function scriptFor({ plan, facts }: Inspection, names: Names): string {
  if (plan.steps.length === 0) return "";
  return ["begin;", ...scriptOf(plan.steps, names, facts), "commit;", ""].join("\n\n");
}

async function look(session: Session, names: Names, wanted: Wanted): Promise<Inspection> {
  const facts = await readFacts(session, names);
  if (facts.versionNumber < oldestServer) {
    throw unsuitable(`The server is PostgreSQL ${facts.version}: Halo needs 15 or newer.`);
  }
  const plan = await readablePlan(session, names, facts, wanted);
  if (plan.unknown.length > 0) {
    throw unsuitable(
      `The schema ${names.schema} was migrated by a newer version of Halo (${plan.unknown.join(", ")}): upgrade @halo/storage-pg.`,
    );
  }
  return { facts, plan };
}

async function readablePlan(session: Session, names: Names, facts: Facts, wanted: Wanted): Promise<Plan> {
  // Its own tables are read as the application: a login need not have rights of its own on them.
  if (!facts.migrationsTable) return makePlan(session, names, facts, wanted);
  if (!facts.loginIsApp && !facts.loginIsSuperuser) throw notGranted(names, facts);
  await session.exec(`set local role ${names.app}`);
  try {
    return await makePlan(session, names, facts, wanted);
  } finally {
    await session.exec("set local role none").catch(() => {});
  }
}

/** I6: whom we work as is neither owner nor superuser nor free of row security. Returns what an operator should know. */
export function checkRoles(
  facts: Facts,
  names: Names,
  setup: Pick<StorageSetup, "strictRole">,
  embedded: boolean,
): readonly string[] {
  if (facts.appIsSuperuser || facts.appBypassesRls || facts.appIsOwner) {
    throw unsuitable(
      `The role ${names.app} has rights that row security does not bind (${facts.appIsSuperuser ? "superuser" : facts.appBypassesRls ? "BYPASSRLS" : `member of ${names.owner}`}): take them away (alter role ${names.app} nosuperuser nobypassrls; revoke ${names.owner} from ${names.app};).`,
    );
  }
  if (!facts.loginIsApp && !facts.loginIsSuperuser) throw notGranted(names, facts);
  if (embedded) return [];
  const more = facts.loginIsSuperuser
    ? "is a superuser"
    : facts.loginBypassesRls
      ? "has BYPASSRLS"
      : facts.loginIsOwner
        ? `is a member of ${names.owner}`
        : undefined;
  if (more === undefined) return [];
  const advice = `The login ${facts.login} ${more}; every transaction still runs as ${names.app}. Use a login that is a member of ${names.app} only.`;
  if (setup.strictRole) throw unsuitable(`${advice} (strictRole)`);
  return [advice];
}

export function migrationNeeded(inspection: Inspection, names: Names): ConfigurationError {
  const script = scriptFor(inspection, names);
  const steps = inspection.plan.steps.map(({ name }) => name).join(", ");
  return new ConfigurationError(
    `The database is not up to date (missing: ${steps}). Run this SQL as a role that may, or call migrations(target).apply():\n\n${script}`,
    { option: "storage", code: "migration_needed" },
  );
}

async function withSession<T>(connector: Connector, work: (session: Session) => Promise<T>): Promise<T> {
  let broken = true;
  let session: Session | undefined;
  try {
    session = await connector.acquire();
    const result = await work(session);
    broken = false;
    return result;
  } catch (error) {
    throw toStorageError(error);
  } finally {
    session?.release(broken);
  }
}

function lacksRights(names: Names, cause: unknown): ConfigurationError {
  return unsuitable(
    `The login may not migrate: it needs to create roles and schemas, or to be a member of ${names.owner}. Run migrations(target).sql() as a role that may.`,
    cause,
  );
}

function notGranted(names: Names, facts: Facts): ConfigurationError {
  return unsuitable(
    `The login ${facts.login} may not work as ${names.app}: run "grant ${names.app} to ${facts.login};" as a role that may.`,
  );
}

function unsuitable(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(message, { option: "storage", code: "store_unsuitable", cause });
}
