import { ConfigurationError } from "@halo/core";

/** Names as they stand in the database; all of them are identifiers that need no quoting. */
export interface Names {
  readonly schema: string;
  /** Migrates and owns; nobody works as this role. */
  readonly owner: string;
  /** What every transaction of Halo runs as: neither owner, superuser nor BYPASSRLS. */
  readonly app: string;
  /** For people with SQL: reads tenant tables, of the org that they name with `set halo.org = '…'`. */
  readonly reader: string;
  /** pg-boss's own. */
  readonly jobSchema: string;
}

export interface NameOptions {
  /** Default "halo". */
  readonly schema?: string;
  /** Defaults "halo_owner", "halo_app", "halo_reader". */
  readonly roles?: { readonly owner?: string; readonly app?: string; readonly reader?: string };
}

const identifier = /^[a-z_][a-z0-9_]{0,50}$/;

/** Checks the names once, so that they can stand in SQL as they are (T27). */
export function namesOf(options: NameOptions): Names {
  const schema = checked(options.schema ?? "halo", "schema");
  return {
    schema,
    owner: checked(options.roles?.owner ?? "halo_owner", "roles.owner"),
    app: checked(options.roles?.app ?? "halo_app", "roles.app"),
    reader: checked(options.roles?.reader ?? "halo_reader", "roles.reader"),
    jobSchema: `${schema}_jobs`,
  };
}

function checked(name: string, option: string): string {
  if (identifier.test(name) && !name.startsWith("pg_")) return name;
  throw new ConfigurationError(
    `${option} must be a name of lower-case letters, digits and underscores that begins with a letter (at most 51).`,
    { option },
  );
}
