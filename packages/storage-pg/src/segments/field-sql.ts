import type { CustomerKind, MirrorTable, SegmentFieldName } from "@halo/core";

/** The parts of the statement that a filter needs besides the customers' own rows. */
export type Join = "company" | "own_health" | "company_health" | "own_renewal" | "company_renewal";

export interface FieldPlace {
  readonly sql: string;
  readonly join?: Join;
}

type Side = "own" | "company";

const column = (name: string) => (alias: string) => `${alias}.${name}`;

const columnsOf: {
  readonly [kind in CustomerKind]: { readonly [field in SegmentFieldName]?: (alias: string) => string };
} = {
  end_user: {
    name: column("name"),
    email: column("email"),
    phone: column("phone"),
    job_title: column("job_title"),
    lifecycle_stage: column("lifecycle_stage"),
    signed_up_at: column("signed_up_at"),
    first_seen: column("first_seen"),
    last_seen: column("last_seen"),
    created_at: column("created_at"),
  },
  company: {
    name: column("name"),
    phone: column("phone"),
    lifecycle_stage: column("lifecycle_stage"),
    domain: column("domain"),
    industry: column("industry"),
    city: column("city"),
    country: column("country"),
    employee_count: column("employee_count"),
    subscription_status: column("subscription_status"),
    plan: column("plan"),
    mrr: column("mrr"),
    lifetime_value: column("lifetime_value"),
    last_payment_at: column("last_payment_at"),
    delinquent: column("delinquent"),
    renews_at: column("renews_at"),
    cancels_at: column("cancels_at"),
    signed_up_at: column("signed_up_at"),
    // A company was seen when any of its people was.
    first_seen: (alias) => ofPeople("min(p.first_seen)", alias),
    last_seen: (alias) => ofPeople("max(p.last_seen)", alias),
    created_at: column("created_at"),
  },
};

const ofPeople = (what: string, alias: string) =>
  `(select ${what} from end_users p where p.org_id = $1 and p.company_id = ${alias}.id)`;

const ofHealth: { readonly [field in SegmentFieldName]?: string } = {
  health_score: "score",
  health_tier: "tier",
};
const ofRenewal: { readonly [field in SegmentFieldName]?: string } = {
  renewal_status: "status",
  renewal_date: "renewal_date",
  contract_term: "contract_term",
  payment_terms: "payment_terms",
  on_contract: "on_contract",
  monthly_spend: "monthly_spend",
};

const aliases = { own: "u", company: "c" } as const;

/** Where a field stands. Names come from these tables and never from a filter (T27). */
export function placeOf(kind: CustomerKind, side: Side, field: SegmentFieldName): FieldPlace | undefined {
  const of = side === "company" ? "company" : kind;
  const health = ofHealth[field];
  if (health !== undefined)
    return { sql: `${side === "own" ? "hu" : "hc"}.${health}`, join: `${side}_health` };
  const renewal = ofRenewal[field];
  if (renewal !== undefined)
    return { sql: `${side === "own" ? "ru" : "rc"}.${renewal}`, join: `${side}_renewal` };
  const sql = columnsOf[of][field]?.(aliases[side]);
  return sql === undefined ? undefined : { sql, ...(side === "company" && { join: "company" as const }) };
}

export const customOf = (side: Side): FieldPlace => ({
  sql: `${aliases[side]}.custom_fields`,
  ...(side === "company" && { join: "company" as const }),
});

const joins: { readonly [join in Join]: readonly [table: string, alias: string, key: string, of: string] } = {
  company: ["companies", "c", "id", "u.company_id"],
  own_health: ["health_scores", "hu", "customer_id", "u.id"],
  company_health: ["health_scores", "hc", "customer_id", "u.company_id"],
  own_renewal: ["customer_renewals", "ru", "customer_id", "u.id"],
  company_renewal: ["customer_renewals", "rc", "customer_id", "u.company_id"],
};

/** `byKey`: never but by the whole key. */
export function joinOf(join: Join, byKey: boolean): string {
  const [table, alias, key, of] = joins[join];
  return byKey
    ? `left join lateral (select * from ${table} where org_id = $1 and ${key} = ${of} offset 0) ${alias} on true`
    : `left join ${table} ${alias} on ${alias}.org_id = $1 and ${alias}.${key} = ${of}`;
}

/** A column of a mirror table by the field that it is; undefined where the stream has none for it. */
export function thingColumn(
  { columns: types }: MirrorTable,
  columns: { readonly [field: string]: string },
  field: string,
): string | undefined {
  const column = Object.hasOwn(columns, field) ? columns[field] : undefined;
  return column !== undefined && Object.hasOwn(types, column) ? `t."${column}"` : undefined;
}
