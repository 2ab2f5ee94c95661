import type { SearchFilter } from "@halo/core";
import type { Tx } from "../tenant.ts";

/** What a search may look at: all of the org, some documents by id, or too many to name, by these conditions. */
export type Allowed =
  | { readonly kind: "all" }
  | { readonly kind: "some"; readonly documents: readonly string[] }
  | { readonly kind: "many"; readonly where: string; readonly values: readonly unknown[] };

/** Up to so many documents are named one by one: cheaper than asking about each hit. */
const mostNamed = 2_000;

/**
 * The scope decides first, before any ranking (T33): `general` is what is shareable and about nobody; a customer sees
 * that and what is shareable and about them; staff sees everything, or what is about the customer they look at. A
 * document that names somebody we do not know is not general either.
 */
export async function allowedDocuments(tx: Tx, orgId: string, filter: SearchFilter): Promise<Allowed> {
  const { branches, where, values } = conditions(orgId, filter);
  if (where === "true") return { kind: "all" };
  const { rows } = await tx.query<{ id: string }>(
    `${branches.join(" union ")} limit ${mostNamed + 1}`,
    values,
  );
  if (rows.length <= mostNamed) return { kind: "some", documents: rows.map(({ id }) => id) };
  return { kind: "many", where, values: values.slice(1) };
}

const general = "d.audience = 'shareable' and not d.about_somebody";
const linked = (customers: string) => `exists (
  select from record_links l
  where l.org_id = d.org_id and l.connection_id = d.connection_id and l.stream = d.stream
    and l.external_id = d.external_id and l.customer_id = any(${customers}::text[]))`;

function conditions(
  orgId: string,
  { scope, prefix, since, until }: SearchFilter,
): { readonly branches: readonly string[]; readonly where: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [orgId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const always: string[] = [];
  if (prefix) always.push(`starts_with(d.source_key, ${bind(prefix)})`);
  if (since) always.push(`d.occurred_at >= ${bind(since)}`);
  if (until) always.push(`d.occurred_at < ${bind(until)}`);
  const limits = always.map((condition) => ` and ${condition}`).join("");

  const customers =
    scope.kind === "general" ? [] : [scope.endUserId, scope.companyId].filter((id) => id !== undefined);
  const named = customers.length > 0 ? bind(customers) : "";
  const plain = (condition: string) =>
    `select d.id from documents d where d.org_id = $1${condition}${limits}`;
  // By the customer's links and not by a test of each document.
  const own = (condition: string) => `
    select d.id from record_links l
    join documents d on d.org_id = $1 and d.connection_id = l.connection_id and d.stream = l.stream
      and d.external_id = l.external_id
    where l.org_id = $1 and l.customer_id = any(${named}::text[])${condition}${limits}`;

  if (scope.kind === "staff") {
    if (!named) return { branches: [plain("")], where: always.join(" and ") || "true", values };
    return { branches: [own("")], where: [linked(named), ...always].join(" and "), values };
  }
  if (!named)
    return { branches: [plain(` and ${general}`)], where: [general, ...always].join(" and "), values };
  return {
    branches: [plain(` and ${general}`), own(" and d.audience = 'shareable'")],
    where: [`d.audience = 'shareable' and (not d.about_somebody or ${linked(named)})`, ...always].join(
      " and ",
    ),
    values,
  };
}

/** Conditions that were numbered from `$2` on, as they stand behind `before` values of another statement. */
export function shifted(where: string, before: number): string {
  return where.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) - 1 + before}`);
}

/** A join that keeps what of the documents found so far may be seen: each by its id, then by the conditions. */
export function admitted(documentId: string, where: string): string {
  return `cross join lateral (
    select from (select * from documents where org_id = $1 and id = ${documentId} offset 0) as d where ${where}) as seen`;
}
