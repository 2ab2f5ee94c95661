import { type Column, columns, float32, json, text, time } from "../pages/columns.ts";
import { noteChanged } from "../standing/watch.ts";
import type { Tx } from "../tenant.ts";
import { employeeCount, type FoldableClaim, foldClaims, instant } from "./fold.ts";

interface StoredClaim {
  readonly kind: "end_user" | "company";
  readonly customer_id: string;
  readonly rank: number;
  readonly updated_at: string;
  readonly source: string;
  readonly identities: readonly string[];
  readonly fields: { readonly [field: string]: string };
  readonly custom: { readonly [field: string]: unknown };
}

/** Folds the claims of customers anew and stores what came out, where it differs from what is stored. */
export async function foldCustomers(tx: Tx, orgId: string, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  const { rows } = await tx.query<StoredClaim>(claimsOf, [orgId, ids]);
  const claims: (FoldableClaim & { kind: "end_user" | "company"; customerId: string })[] = rows.map(
    (row) => ({
      ...row,
      updatedAt: row.updated_at,
      customerId: row.customer_id,
    }),
  );
  await writeFolded(tx, orgId, claims, at, true);
}

const claimsOf = `
  select kind, customer_id, rank, source, identities, fields, custom,
    to_char(source_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as updated_at
  from unnest($2::text[]) as k(id)
  cross join lateral (
    select * from customer_claims where org_id = $1 and customer_id = k.id and alias_of is null offset 0) as c`;

/**
 * Stores customers from all of their claims. People's companies are looked up from their records' links, unless none of
 * those is known. `fresh`: none of the customers is stored; if one is, the transaction fails with 23505.
 */
export async function writeFolded(
  tx: Tx,
  orgId: string,
  claims: readonly (FoldableClaim & { readonly kind: "end_user" | "company"; readonly customerId: string })[],
  at: Date,
  companiesKnown: boolean,
  fresh = false,
): Promise<void> {
  const groups = new Map<string, { kind: string; claims: FoldableClaim[] }>();
  for (const claim of claims) {
    const group = groups.get(claim.customerId);
    if (group) group.claims.push(claim);
    else groups.set(claim.customerId, { kind: claim.kind, claims: [claim] });
  }
  const people: Person[] = [];
  const companies: string[] = [];
  const companyOf = await readCompanies(
    tx,
    orgId,
    [...groups].flatMap(([id, { kind }]) => (companiesKnown && kind === "end_user" ? [id] : [])),
  );
  // In the order of their ids, so that two transactions lock them in the same order.
  for (const [id, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { identity, fields, custom } = foldClaims(group.claims);
    const common = {
      id,
      name: fields.get("name"),
      phone: fields.get("phone"),
      stage: fields.get("lifecycle_stage"),
      signed: instant(fields.get("signed_up_at")),
      custom,
    };
    if (group.kind === "end_user") {
      const email = fields.get("email") ?? identity;
      const { company_id: company, reason, score } = companyOf.get(id) ?? {};
      people.push({ ...common, email, title: fields.get("job_title"), company, reason, score });
    } else {
      companies.push(
        JSON.stringify({
          ...common,
          domain: fields.get("domain") ?? identity,
          industry: fields.get("industry"),
          employees: employeeCount(fields.get("employee_count")),
          city: fields.get("city"),
          country: fields.get("country"),
        }),
      );
    }
  }
  if (people.length > 0) {
    await tx.send(fresh ? insertPeople : upsertPeople, [orgId, at, ...columns(people, personColumns)]);
  }
  if (companies.length > 0) await tx.send(upsertCompanies, [orgId, `[${companies.join(",")}]`, at]);
  await noteChanged(tx, orgId, [...groups.keys()]);
}

interface Person {
  readonly id: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly phone: string | undefined;
  readonly title: string | undefined;
  readonly stage: string | undefined;
  readonly signed: string | undefined;
  readonly custom: { readonly [field: string]: unknown };
  readonly company: string | undefined;
  readonly reason: string | undefined;
  readonly score: number | undefined;
}

/** In the order of the statement's parameters. */
const personColumns: readonly Column<Person>[] = [
  text(({ id }) => id),
  text(({ email }) => email),
  text(({ name }) => name),
  text(({ phone }) => phone),
  text(({ title }) => title),
  text(({ stage }) => stage),
  time(({ signed }) => (signed === undefined ? undefined : new Date(signed))),
  json(({ custom }) => JSON.stringify(custom)),
  text(({ company }) => company),
  text(({ reason }) => reason),
  float32(({ score }) => score),
];

const insertPeople = `
  insert into end_users as u (org_id, id, email, name, phone, job_title, lifecycle_stage, signed_up_at,
    custom_fields, company_id, company_reason, company_score, created_at, updated_at)
  select $1, x.id, x.email, x.name, x.phone, x.title, x.stage, x.signed, x.custom, x.company, x.reason, x.score, $2, $2
  from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::jsonb[],
    $11::text[], $12::text[], $13::real[])
    as x(id, email, name, phone, title, stage, signed, custom, company, reason, score)`;

const upsertPeople = `${insertPeople}
  on conflict (org_id, id) do update set
    email = excluded.email, name = excluded.name, phone = excluded.phone, job_title = excluded.job_title,
    lifecycle_stage = excluded.lifecycle_stage, signed_up_at = excluded.signed_up_at,
    custom_fields = excluded.custom_fields, company_id = excluded.company_id,
    company_reason = excluded.company_reason, company_score = excluded.company_score, updated_at = excluded.updated_at
  where (u.email, u.name, u.phone, u.job_title, u.lifecycle_stage, u.signed_up_at, u.custom_fields, u.company_id,
      u.company_reason)
    is distinct from (excluded.email, excluded.name, excluded.phone, excluded.job_title, excluded.lifecycle_stage,
      excluded.signed_up_at, excluded.custom_fields, excluded.company_id, excluded.company_reason)`;

const upsertCompanies = `
  insert into companies as c (org_id, id, name, domain, industry, employee_count, lifecycle_stage, phone, city,
    country, signed_up_at, custom_fields, created_at, updated_at)
  select $1, x.id, x.name, x.domain, x.industry, x.employees, x.stage, x.phone, x.city, x.country, x.signed,
    x.custom, $3, $3
  from json_to_recordset($2::json) as x(
    id text, name text, domain text, industry text, employees bigint, stage text, phone text, city text,
    country text, signed timestamptz, custom jsonb)
  on conflict (org_id, id) do update set
    name = excluded.name, domain = excluded.domain, industry = excluded.industry,
    employee_count = excluded.employee_count, lifecycle_stage = excluded.lifecycle_stage, phone = excluded.phone,
    city = excluded.city, country = excluded.country, signed_up_at = excluded.signed_up_at,
    custom_fields = excluded.custom_fields, updated_at = excluded.updated_at
  where (c.name, c.domain, c.industry, c.employee_count, c.lifecycle_stage, c.phone, c.city, c.country,
      c.signed_up_at, c.custom_fields)
    is distinct from (excluded.name, excluded.domain, excluded.industry, excluded.employee_count,
      excluded.lifecycle_stage, excluded.phone, excluded.city, excluded.country, excluded.signed_up_at,
      excluded.custom_fields)`;

interface CompanyOfPerson {
  readonly id: string;
  readonly company_id: string;
  readonly reason: string;
  readonly score: number;
}

/** Each person's company: the surest of what their records' links say, by the vendor's link before the address. */
async function readCompanies(
  tx: Tx,
  orgId: string,
  people: readonly string[],
): Promise<ReadonlyMap<string, CompanyOfPerson>> {
  if (people.length === 0) return new Map();
  const { rows } = await tx.query<CompanyOfPerson>(selectCompanies, [orgId, people]);
  return new Map(rows.map((row) => [row.id, row]));
}

const selectCompanies = `
  select distinct on (k.id) k.id, l.customer_id as company_id, l.reason, l.score
  from unnest($2::text[]) as k(id)
  cross join lateral (
    select connection_id, stream, external_id, rank, source_updated_at from customer_claims
    where org_id = $1 and customer_id = k.id and alias_of is null offset 0) as c
  cross join lateral (
    select customer_id, reason, score, seq from record_links
    where org_id = $1 and connection_id = c.connection_id and stream = c.stream and external_id = c.external_id
      and kind = 'company' and customer_id is not null offset 0) as l
  order by k.id, l.score desc, c.rank desc, c.source_updated_at desc, l.seq, l.customer_id`;
