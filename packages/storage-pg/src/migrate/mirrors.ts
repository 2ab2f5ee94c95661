import { type ColumnType, ConfigurationError, type MirrorTable } from "@halo/core";
import type { Session } from "../connect/session.ts";
import type { Names } from "../roles.ts";
import { controlTables } from "./control-tables.ts";
import type { Step } from "./plan.ts";
import { protect } from "./protect.ts";

/** Columns of every mirror table, before those of its stream. */
export const ownColumns = [
  "org_id",
  "connection_id",
  "external_id",
  "raw",
  "content_hash",
  "fingerprint",
  "source_updated_at",
  "observed_at",
  "deleted_at",
  "synced_at",
] as const;

const name = /^[a-z][a-z0-9_]{0,50}$/;
const types = new Set<ColumnType>(["text", "boolean", "bigint", "numeric", "timestamptz", "date", "jsonb"]);

interface KnownColumn {
  readonly table_name: string;
  readonly column_name: string;
  readonly type: string;
  readonly integration: string;
  readonly stream: string;
}

/**
 * What has to be made so that every stream has its table. Additive: a table, or a column (null in the rows that are
 * there, until they are read again or filled from `raw`). A column of another type is refused with what to do.
 */
export async function mirrorSteps(
  session: Session,
  names: Names,
  mirrors: readonly MirrorTable[],
  migrated: boolean,
): Promise<readonly Step[]> {
  const known = migrated ? await knownColumns(session, names) : [];
  return mirrors.flatMap((mirror) => {
    return step(
      mirror,
      known.filter((column) => column.table_name === mirror.table),
      names,
    );
  });
}

async function knownColumns(session: Session, names: Names): Promise<readonly KnownColumn[]> {
  const { rows } = await session.query<KnownColumn>(
    `select table_name, column_name, type, integration, stream from ${names.schema}.mirror_columns`,
    [],
    false,
  );
  return rows;
}

function step(mirror: MirrorTable, known: readonly KnownColumn[], names: Names): readonly Step[] {
  const { table, integration, stream } = mirror;
  const [first] = known;
  if (first && (first.integration !== integration || first.stream !== stream)) {
    throw refused(
      `${table} belongs to the stream ${first.integration}/${first.stream}, and ${integration}/${stream} asks for it too: give one of them another table (tablePrefix).`,
    );
  }
  const has = new Map(known.map((column) => [column.column_name, column.type]));
  const missing: [string, ColumnType][] = [];
  for (const [column, type] of Object.entries(mirror.columns)) {
    const stored = has.get(column);
    if (stored === undefined) missing.push([column, type]);
    else if (stored !== type) {
      throw refused(
        `${table}.${column} is stored as ${stored}, and the stream now says ${type}: give the new type a new column name (${column}_2); the old column stays as it is.`,
      );
    }
  }
  if (missing.length === 0 && known.length > 0) return [];
  const record =
    missing.length > 0 || known.length === 0 ? recordColumns(mirror, missing, known.length === 0) : "";
  const sql =
    known.length === 0
      ? `${createTable(mirror)}\n${protect(table, names)}\n${record}`
      : `alter table ${table} ${missing.map(([column, type]) => `add column ${column} ${type}`).join(", ")};\n${record}`;
  const what = known.length === 0 ? table : missing.map(([column]) => `${table}.${column}`).join(", ");
  return [{ name: `mirror ${what}`, sql, as: "owner" }];
}

function createTable({ table, columns }: MirrorTable): string {
  const typed = Object.entries(columns).map(([column, type]) => `  ${column} ${type},`);
  return [
    `create table ${table} (`,
    `  org_id text collate "C" not null check (org_id <> ''),`,
    `  connection_id text collate "C" not null,`,
    `  external_id text collate "C" not null,`,
    ...typed,
    "  raw jsonb,",
    "  content_hash text not null,",
    "  fingerprint text,",
    "  source_updated_at timestamptz,",
    "  observed_at timestamptz not null,",
    "  deleted_at timestamptz,",
    "  synced_at timestamptz not null,",
    "  primary key (org_id, connection_id, external_id)",
    ");",
  ].join("\n");
}

/** `own` stands for the columns that every mirror has: a stream without columns of its own is known by it. */
function recordColumns(
  mirror: MirrorTable,
  columns: readonly (readonly [string, string])[],
  fresh: boolean,
): string {
  const rows = [...(fresh ? [["external_id", "text"] as const] : []), ...columns];
  const values = rows.map(
    ([column, type]) =>
      `('${mirror.table}', '${column}', '${type}', '${mirror.integration}', '${mirror.stream}')`,
  );
  return `insert into mirror_columns (table_name, column_name, type, integration, stream) values\n  ${values.join(",\n  ")};`;
}

/** Throws for the first name that cannot stand in SQL, before anything is opened. */
export function checkMirrors(mirrors: readonly MirrorTable[]): void {
  for (const mirror of mirrors) checkNames(mirror);
}

/** Names stand in SQL as they are, so nothing but plain identifiers passes (T27). */
function checkNames({ table, integration, stream, columns }: MirrorTable): void {
  if (!name.test(table) || table in controlTables || table.startsWith("pg_")) throw badName("table", table);
  if (!/^[a-z][a-z0-9-]{0,50}$/.test(integration)) throw badName("integration", integration);
  if (!/^[a-z][a-z0-9_-]{0,50}$/.test(stream)) throw badName("stream", stream);
  for (const [column, type] of Object.entries(columns)) {
    if (!name.test(column) || (ownColumns as readonly string[]).includes(column) || reserved.has(column)) {
      throw badName(`column of ${table}`, column);
    }
    if (!types.has(type))
      throw refused(
        `${table}.${column} has the type ${JSON.stringify(type)}, which is none of ${[...types].join(", ")}.`,
      );
  }
}

/** Words of SQL that cannot stand as a column's name without quotes. */
const reserved = new Set(
  "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with".split(
    " ",
  ),
);

function badName(what: string, given: string): ConfigurationError {
  return refused(
    `${JSON.stringify(given.slice(0, 60))} cannot be the name of a ${what}: lower-case letters, digits and underscores, beginning with a letter, no word of SQL, at most 51.`,
  );
}

function refused(message: string): ConfigurationError {
  return new ConfigurationError(message, { option: "integrations" });
}
