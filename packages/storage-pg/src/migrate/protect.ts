import type { Names } from "../roles.ts";
import { controlTables } from "./control-tables.ts";

/** The policy of every tenant table. The sub-select is evaluated once a statement, not once a row. */
export const tenantPolicy = "org_id = (select current_setting('halo.org', true))";

/** Row security, policy and grants of a tenant table, as far as `said` does not settle them itself. */
export function protect(table: string, names: Names, said = ""): string {
  const has = (pattern: string) => new RegExp(pattern, "i").test(said);
  const statements = [
    `alter table ${table} enable row level security;`,
    `alter table ${table} force row level security;`,
  ];
  if (!has(`create\\s+policy\\s+tenant\\s+on\\s+${table}\\b`)) {
    statements.push(`create policy tenant on ${table} using (${tenantPolicy});`);
  }
  if (!has(`grant\\s[^;]*\\son\\s+${table}\\s+to\\s+\\{\\{app\\}\\}`)) {
    statements.push(`grant select, insert, update, delete on ${table} to ${names.app};`);
  }
  if (!has(`(?:grant|revoke)\\s[^;]*\\son\\s+${table}\\s+(?:to|from)\\s+\\{\\{reader\\}\\}`)) {
    statements.push(`grant select on ${table} to ${names.reader};`);
  }
  return statements.join("\n");
}

/** A migration's text with its names, and with the protection of the tenant tables that it creates. */
export function complete(text: string, names: Names): string {
  const made = [...text.matchAll(/^create table (?:if not exists )?(\w+) \(\n([\s\S]*?)\n\)/gim)]
    .filter(([, table = "", body = ""]) => /^\s*org_id\b/m.test(body) && !(table in controlTables))
    .map(([, table = ""]) => protect(table, names, text));
  const named = text.replace(
    /\{\{(app|owner|reader|schema)\}\}/g,
    (_, name: "app" | "owner" | "reader" | "schema") => names[name],
  );
  return [named.trim(), ...made].join("\n");
}
