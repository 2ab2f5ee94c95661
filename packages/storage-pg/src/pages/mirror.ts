import { StorageError } from "@halo/core";
import { ownColumns } from "../migrate/mirrors.ts";
import type { Door, Tx } from "../tenant.ts";

/** A mirror table as it stands in the database. */
export interface Mirror {
  /** Quoted. */
  readonly table: string;
  /** Whom transactions run as. */
  readonly app: string;
  /** They may create temporary tables in this database. */
  readonly mayStage: boolean;
  /** The stream's own columns, quoted name by name, with their types. */
  readonly columns: ReadonlyMap<string, { readonly quoted: string; readonly type: string }>;
}

const own: ReadonlySet<string> = new Set(ownColumns);

export function isOwnColumn(name: string): boolean {
  return own.has(name);
}

export type MirrorReader = (tx: Tx, table: string) => Promise<Mirror>;

/**
 * Reads a table's columns once per store: they change with a migration only. Names come from the catalog, never from a
 * caller (T27): a table that is none, or that has no such columns, is refused.
 */
export function mirrorReader(door: Door): MirrorReader {
  const known = new Map<string, Mirror>();
  return async (tx, table) => {
    const before = known.get(table);
    if (before) return before;
    const { rows } = await tx.query<{ name: string; type: string; may_stage: boolean }>(columnsOf, [
      door.names.schema,
      table,
    ]);
    const columns = new Map(
      rows
        .filter(({ name }) => !own.has(name))
        .map(({ name, type }) => [name, { quoted: quoted(name), type }] as const),
    );
    if (rows.length - columns.size !== own.size) {
      throw new StorageError(
        "A page names a table that is no mirror: run the migrations for these definitions.",
        {
          retryable: false,
        },
      );
    }
    const mirror = {
      table: quoted(table),
      app: door.names.app,
      mayStage: rows[0]?.may_stage === true,
      columns,
    };
    known.set(table, mirror);
    return mirror;
  };
}

const columnsOf = `
  select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
    has_database_privilege(current_database(), 'temporary') as may_stage
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
