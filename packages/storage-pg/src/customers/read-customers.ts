import type { Company, CustomerKind, EndUser, Match } from "@halo/core";
import type { Door } from "../tenant.ts";
import { companyRevenue, type RevenueColumns, revenueColumns } from "./revenue.ts";

interface EndUserRow {
  readonly id: string;
  readonly org_id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly job_title: string | null;
  readonly lifecycle_stage: string | null;
  readonly company_id: string | null;
  readonly custom_fields: { readonly [field: string]: unknown };
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface CompanyRow extends RevenueColumns {
  readonly id: string;
  readonly org_id: string;
  readonly name: string | null;
  readonly domain: string | null;
  readonly industry: string | null;
  readonly employee_count: number | null;
  readonly lifecycle_stage: string | null;
  readonly custom_fields: { readonly [field: string]: unknown };
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Columns that the port has no field for are shown beside the custom ones. */
function beside(...columns: readonly string[]): string {
  const own = columns.map((column) => `'${column}', ${column}`).join(", ");
  return `custom_fields || jsonb_strip_nulls(jsonb_build_object(${own}))`;
}

export const userColumns = `id, org_id, email, name, phone, job_title, lifecycle_stage, company_id,
  ${beside("signed_up_at")} as custom_fields, created_at, updated_at`;
export const companyColumns = `id, org_id, name, domain, industry, employee_count, lifecycle_stage, ${revenueColumns},
  ${beside("phone", "city", "country", "signed_up_at")} as custom_fields, created_at, updated_at`;

export function toEndUser(row: EndUserRow): EndUser {
  return {
    id: row.id,
    orgId: row.org_id,
    email: row.email ?? undefined,
    name: row.name ?? undefined,
    phone: row.phone ?? undefined,
    jobTitle: row.job_title ?? undefined,
    lifecycleStage: row.lifecycle_stage ?? undefined,
    companyId: row.company_id ?? undefined,
    customFields: row.custom_fields,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toCompany(row: CompanyRow): Company {
  const revenue = companyRevenue(row);
  return {
    id: row.id,
    orgId: row.org_id,
    name: row.name ?? undefined,
    domain: row.domain ?? undefined,
    industry: row.industry ?? undefined,
    employeeCount: row.employee_count ?? undefined,
    lifecycleStage: row.lifecycle_stage ?? undefined,
    ...(revenue && { revenue }),
    customFields: row.custom_fields,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** By any of their addresses, not only the one that is shown. */
const userByEmail = `
  select ${userColumns} from end_users where org_id = $1 and id = (
    select customer_id from customer_identities where org_id = $1 and kind = 'end_user' and value = $2)`;
const userById = `select ${userColumns} from end_users where org_id = $1 and id = $2`;
const companyByDomain = `
  select ${companyColumns} from companies where org_id = $1 and id = (
    select customer_id from customer_identities where org_id = $1 and kind = 'company' and value = $2)`;
const companyById = `select ${companyColumns} from companies where org_id = $1 and id = $2`;

export async function readEndUser(
  door: Door,
  orgId: string,
  by: { readonly id: string } | { readonly email: string },
): Promise<EndUser | undefined> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    "id" in by
      ? tx.query<EndUserRow>(userById, [orgId, by.id])
      : tx.query<EndUserRow>(userByEmail, [orgId, by.email.trim().toLowerCase()]),
  );
  return rows[0] && toEndUser(rows[0]);
}

export async function readCompany(
  door: Door,
  orgId: string,
  by: { readonly id: string } | { readonly domain: string },
): Promise<Company | undefined> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    "id" in by
      ? tx.query<CompanyRow>(companyById, [orgId, by.id])
      : tx.query<CompanyRow>(companyByDomain, [orgId, by.domain.trim().toLowerCase()]),
  );
  return rows[0] && toCompany(rows[0]);
}

interface PageRequest {
  readonly after?: string;
  readonly limit: number;
}

const userPage = `
  select ${userColumns} from end_users where org_id = $1 and id > $2 order by id limit $3`;
const companyPage = `
  select ${companyColumns} from companies where org_id = $1 and id > $2 order by id limit $3`;

export async function listEndUsers(
  door: Door,
  orgId: string,
  page: PageRequest,
): Promise<readonly EndUser[]> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<EndUserRow>(userPage, [orgId, page.after ?? "", page.limit]),
  );
  return rows.map(toEndUser);
}

export async function listCompanies(
  door: Door,
  orgId: string,
  page: PageRequest,
): Promise<readonly Company[]> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<CompanyRow>(companyPage, [orgId, page.after ?? "", page.limit]),
  );
  return rows.map(toCompany);
}

const countBoth = `
  select (select count(*) from end_users where org_id = $1) as users,
    (select count(*) from companies where org_id = $1) as companies`;

export async function countCustomers(
  door: Door,
  orgId: string,
): Promise<{ readonly endUsers: number; readonly companies: number }> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ users: number; companies: number }>(countBoth, [orgId]),
  );
  return { endUsers: Number(rows[0]?.users ?? 0), companies: Number(rows[0]?.companies ?? 0) };
}

const explainCustomer = `
  select connection_id, stream, external_id as key, reason, score from (
    select connection_id, stream, external_id, reason, score, 0 as step from customer_claims
    where org_id = $1 and customer_id = $2 and kind = $3
    union all
    select connection_id, stream, external_id, reason, score, 1 from record_links
    where org_id = $1 and customer_id = $2 and kind = $3
  ) as matches
  order by step, score desc, connection_id, stream, external_id limit $4`;

/** Claims first, then links, the surest first. */
export async function explainMatches(
  door: Door,
  orgId: string,
  kind: CustomerKind,
  id: string,
  limit: number,
): Promise<readonly Match[]> {
  interface Row {
    readonly connection_id: string;
    readonly stream: string;
    readonly key: string;
    readonly reason: string;
    readonly score: number;
  }
  const { rows } = await door.inOrg(orgId, (tx) => tx.query<Row>(explainCustomer, [orgId, id, kind, limit]));
  return rows.map(({ connection_id, stream, key, reason, score }) => ({
    kind,
    customerId: id,
    connectionId: connection_id === "" ? undefined : connection_id,
    stream,
    key,
    reason,
    // real has seven digits: 0.6 comes back as 0.60000002 from some drivers.
    score: Math.round(score * 1e4) / 1e4,
  }));
}
