import type { MirrorTable, StorageSetup } from "@halo/core";
import type { Session } from "../connect/session.ts";
import { jobSchemaSql, jobSchemaUpgradeSql, jobSchemaVersion } from "../jobs/job-schema.ts";
import { spaceTable, spaceTableSql } from "../knowledge/space.ts";
import type { Names } from "../roles.ts";
import type { Facts } from "./facts.ts";
import { migrationFiles } from "./files.ts";
import { mirrorSteps } from "./mirrors.ts";
import { complete } from "./protect.ts";

/** One thing to do, and its SQL exactly as it runs. */
export interface Step {
  readonly name: string;
  readonly sql: string;
  /** The login makes roles, schemas and the extension; everything else is done and owned by the owner. */
  readonly as: "login" | "owner";
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Migrations that are there and that this version does not know: a newer version made them. */
  readonly unknown: readonly string[];
  /** Migrations whose text is not what ran here. */
  readonly edited: readonly string[];
}

/** What the definitions ask for beyond the migrations. */
export interface Wanted {
  readonly mirrors: readonly MirrorTable[];
  /** The embedding space, for its table of vectors. */
  readonly space: StorageSetup["space"];
}

/** Compares a database with what this version and the definitions need. Reads only. */
export async function makePlan(session: Session, names: Names, facts: Facts, wanted: Wanted): Promise<Plan> {
  const applied = facts.migrationsTable ? await appliedMigrations(session, names) : new Map<string, string>();
  const files = migrationFiles();
  const known = new Set(files.map(({ name }) => name));
  const jobs = jobVersion(applied);
  const own = [
    ...files
      .filter(({ name }) => !applied.has(name))
      .map(
        ({ name, text, checksum }): Step => ({
          name,
          sql: `${complete(text, names)}\n${note(name, checksum)}`,
          as: "owner",
        }),
      ),
    ...(await jobSteps(names, jobs)),
    ...(await mirrorSteps(session, names, wanted.mirrors, applied.has("0001_control"))),
    ...(await spaceSteps(session, names, facts, wanted.space)),
  ];
  const steps = [...bootstrap(names, facts, own.length > 0), ...own];
  return {
    steps,
    unknown: [...applied.keys()].filter(
      (name) => !known.has(name) && (!name.startsWith(jobsPrefix) || (jobs ?? 0) > jobSchemaVersion),
    ),
    edited: files
      .filter(({ name, checksum }) => (applied.get(name) ?? checksum) !== checksum)
      .map(({ name }) => name),
  };
}

const jobsPrefix = "jobs_";

async function appliedMigrations(session: Session, names: Names): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query<{ name: string; checksum: string }>(
    `select name, checksum from ${names.schema}.migrations order by name`,
    [],
    false,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function jobVersion(applied: ReadonlyMap<string, string>): number | undefined {
  const versions = [...applied.keys()]
    .filter((name) => name.startsWith(jobsPrefix))
    .map((name) => Number(name.slice(jobsPrefix.length)));
  return versions.length > 0 ? Math.max(...versions) : undefined;
}

async function jobSteps(names: Names, have: number | undefined): Promise<readonly Step[]> {
  if (have !== undefined && have >= jobSchemaVersion) return [];
  const name = `${jobsPrefix}${jobSchemaVersion}`;
  const sql = have === undefined ? await jobSchemaSql(names) : await jobSchemaUpgradeSql(names, have);
  return [{ name, sql: `${sql}\n${note(name, "pg-boss")}`, as: "owner" }];
}

/** A space that is asked for and not there gets a table beside those of other spaces. */
async function spaceSteps(
  session: Session,
  names: Names,
  facts: Facts,
  space: Wanted["space"],
): Promise<readonly Step[]> {
  if (!space) return [];
  const hasVectors = facts.vectorSchema !== undefined || facts.vectorInstallable;
  const table = spaceTable(space, hasVectors ? "vector" : "bytes");
  const { rows } = await session.query(
    "select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2",
    [names.schema, table.table],
    false,
  );
  if (rows.length > 0) return [];
  return [{ name: `space ${table.table}`, sql: complete(spaceTableSql(space, table), names), as: "owner" }];
}

/** Roles, schemas and extension; `more` says that there is something to do as the owner, whom the login then has to become. */
function bootstrap(names: Names, facts: Facts, more: boolean): readonly Step[] {
  const { schema, jobSchema, owner, app, reader } = names;
  const roles = [
    ...(facts.roles.owner ? [] : [unlessThere(`create role ${owner} nologin`)]),
    ...(facts.roles.app ? [] : [unlessThere(`create role ${app} nologin`)]),
    ...(facts.roles.reader ? [] : [unlessThere(`create role ${reader} nologin`)]),
    // A superuser may become anybody as it is.
    ...(!more || facts.loginIsOwner || facts.loginIsSuperuser
      ? []
      : [unlessThere(`grant ${owner} to current_user`)]),
    ...(!more || facts.loginIsApp || facts.loginIsSuperuser
      ? []
      : [unlessThere(`grant ${app} to current_user`)]),
  ];
  const schemas = [
    ...(facts.schema
      ? []
      : [
          `create schema ${schema} authorization ${owner};`,
          `grant usage on schema ${schema} to ${app}, ${reader};`,
        ]),
    ...(facts.jobSchema ? [] : [`create schema ${jobSchema} authorization ${owner};`]),
  ];
  const extension =
    facts.vectorSchema === undefined && facts.vectorInstallable
      ? [`create extension if not exists vector schema ${schema};`]
      : [];
  const step = (name: string, lines: readonly string[]): readonly Step[] =>
    lines.length > 0 ? [{ name, sql: lines.join("\n"), as: "login" }] : [];
  return [
    ...step("roles", roles),
    ...step("schemas", schemas),
    ...step("pgvector", extension),
    ...(facts.migrationsTable
      ? []
      : [
          {
            name: "bookkeeping",
            as: "owner" as const,
            sql: `create table migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);`,
          },
        ]),
  ];
}

function note(name: string, checksum: string): string {
  return `insert into migrations (name, checksum) values ('${name}', '${checksum}');`;
}

/**
 * The lock of a migration is a database's, and roles are the server's: another database's may make them meanwhile, and
 * which of two waits for the other is seen only in how the statement ends.
 */
function unlessThere(statement: string): string {
  return `do $$ begin ${statement}; exception when duplicate_object or unique_violation then null; end $$;`;
}

/** All steps as one script: what `apply` runs, in the same order, in one transaction. */
export function scriptOf(steps: readonly Step[], names: Names, facts: Facts): readonly string[] {
  const path = [names.schema, facts.vectorSchema, "pg_temp"].filter((part) => part !== undefined);
  let as: Step["as"] = "login";
  const parts: string[] = [];
  for (const step of steps) {
    if (step.as !== as) {
      parts.push(
        step.as === "owner"
          ? `set local role ${names.owner};\nset local search_path = ${[...new Set(path)].join(", ")};`
          : "reset role;",
      );
      as = step.as;
    }
    parts.push(`-- ${step.name}\n${step.sql}`);
  }
  return parts;
}
