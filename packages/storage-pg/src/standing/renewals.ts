import type { CompanyRevenue, CustomerKind, Renewal, RenewalClaim, RenewalInputs } from "@halo/core";
import { renewalFields } from "@halo/core";
import type { Tx } from "../tenant.ts";

interface InputRow {
  readonly id: string;
  readonly employees: number | null;
  readonly score: number | null;
  readonly billing_customer_id: string | null;
  readonly subscription_status: string | null;
  readonly plan: string | null;
  readonly mrr: CompanyRevenue["mrr"] | null;
  readonly lifetime_value: CompanyRevenue["lifetimeValue"] | null;
  readonly last_payment_at: Date | null;
  readonly delinquent: boolean | null;
  readonly renews_at: Date | null;
  readonly cancels_at: Date | null;
  readonly billing_interval: CompanyRevenue["billingInterval"] | null;
  readonly claims: readonly (Omit<RenewalClaim, "updatedAt"> & { readonly at: string })[] | null;
}

export async function renewalInputs(
  tx: Tx,
  orgId: string,
  kind: CustomerKind,
  ids: readonly string[],
): Promise<readonly RenewalInputs[]> {
  const { rows } = await tx.query<InputRow>(kind === "company" ? ofCompanies : ofPeople, [
    orgId,
    ids,
    renewalFields,
  ]);
  return rows.map((row) => inputsOf(kind, row));
}

function inputsOf(kind: CustomerKind, row: InputRow): RenewalInputs {
  const { claims, employees, id, score } = row;
  return {
    kind,
    customerId: id,
    claims: (claims ?? []).map(({ at, ...claim }) => ({ ...claim, updatedAt: new Date(at) })),
    healthScore: score ?? undefined,
    employeeCount: employees === null ? undefined : Number(employees),
    revenue: row.mrr === null ? undefined : revenueOf(row),
  };
}

const revenueOf = (row: InputRow): CompanyRevenue => ({
  billingCustomerId: row.billing_customer_id ?? undefined,
  subscriptionStatus: row.subscription_status ?? undefined,
  plan: row.plan ?? undefined,
  mrr: row.mrr ?? {},
  lifetimeValue: row.lifetime_value ?? {},
  lastPaymentAt: row.last_payment_at ?? undefined,
  delinquent: row.delinquent ?? undefined,
  renewsAt: row.renews_at ?? undefined,
  cancelsAt: row.cancels_at ?? undefined,
  billingInterval: row.billing_interval ?? undefined,
});

export async function saveRenewals(tx: Tx, orgId: string, renewals: readonly Renewal[]): Promise<void> {
  if (renewals.length === 0) return;
  const rows = renewals.map((renewal) => ({
    customer_id: renewal.customerId,
    kind: renewal.kind,
    status: renewal.status,
    renewal_date: renewal.renewalDate,
    contract_term: renewal.contractTerm,
    payment_terms: renewal.paymentTerms,
    on_contract: renewal.onContract,
    monthly_spend: renewal.monthlySpend,
    sources: renewal.sources,
    computed_at: renewal.computedAt,
  }));
  await tx.query(save, [orgId, JSON.stringify(rows)]);
}

interface RenewalRow {
  readonly customer_id: string;
  readonly kind: CustomerKind;
  readonly status: Renewal["status"] | null;
  readonly renewal_date: string | null;
  readonly contract_term: Renewal["contractTerm"] | null;
  readonly payment_terms: Renewal["paymentTerms"] | null;
  readonly on_contract: boolean | null;
  readonly monthly_spend: Renewal["monthlySpend"];
  readonly sources: Renewal["sources"];
  readonly computed_at: Date;
}

export async function readRenewal(
  tx: Tx,
  orgId: string,
  kind: CustomerKind,
  id: string,
): Promise<Renewal | undefined> {
  const { rows } = await tx.query<RenewalRow>(selectOne, [orgId, id, kind]);
  const [row] = rows;
  return (
    row && {
      kind: row.kind,
      customerId: row.customer_id,
      status: row.status ?? undefined,
      renewalDate: row.renewal_date ?? undefined,
      contractTerm: row.contract_term ?? undefined,
      paymentTerms: row.payment_terms ?? undefined,
      onContract: row.on_contract ?? undefined,
      monthlySpend: row.monthly_spend,
      sources: row.sources,
      computedAt: row.computed_at,
    }
  );
}

const inputs = (table: string, own: string) => `
  select k.id, x.*, h.score, c.claims
  from unnest($2::text[]) as k(id)
  cross join lateral (
    select ${own} from ${table} where org_id = $1 and id = k.id offset 0) as x
  left join lateral (
    select score from health_scores where org_id = $1 and customer_id = k.id offset 0) as h on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('source', source, 'rank', rank, 'at', source_updated_at,
      'fields', (select jsonb_object_agg(f.key, f.value) from jsonb_each(fields) as f where f.key = any($3::text[])))
      order by rank desc, source_updated_at desc, source desc) as claims
    from customer_claims
    where org_id = $1 and customer_id = k.id and alias_of is null and fields ?| $3::text[] offset 0) as c on true
  order by k.id`;

const ofCompanies = inputs(
  "companies",
  `employee_count as employees, billing_customer_id, subscription_status, plan,
    case when mrr <> '{}' or billing_customer_id is not null or subscription_status is not null then mrr end as mrr,
    lifetime_value, last_payment_at, delinquent, renews_at, cancels_at, billing_interval`,
);
const ofPeople = inputs("end_users", "null::bigint as employees, null::jsonb as mrr");

/** A customer who is gone since is left out. */
const save = `
  insert into customer_renewals (org_id, customer_id, kind, status, renewal_date, contract_term, payment_terms,
    on_contract, monthly_spend, sources, computed_at)
  select $1, x.customer_id, x.kind, x.status, x.renewal_date, x.contract_term, x.payment_terms, x.on_contract,
    x.monthly_spend, x.sources, x.computed_at
  from json_to_recordset($2::json) as x(customer_id text, kind text, status text, renewal_date date,
    contract_term text, payment_terms text, on_contract boolean, monthly_spend jsonb, sources jsonb,
    computed_at timestamptz)
  where case x.kind
    when 'end_user' then exists (select from end_users where org_id = $1 and id = x.customer_id)
    else exists (select from companies where org_id = $1 and id = x.customer_id) end
  on conflict (org_id, customer_id) do update set kind = excluded.kind, status = excluded.status,
    renewal_date = excluded.renewal_date, contract_term = excluded.contract_term,
    payment_terms = excluded.payment_terms, on_contract = excluded.on_contract,
    monthly_spend = excluded.monthly_spend, sources = excluded.sources, computed_at = excluded.computed_at`;

const selectOne = `
  select customer_id, kind, status, renewal_date, contract_term, payment_terms, on_contract, monthly_spend, sources,
    computed_at
  from customer_renewals where org_id = $1 and customer_id = $2 and kind = $3`;
