import type { CustomerKind } from "../define/customer.ts";
import type { ColumnType, RecordCount } from "../define/stream.ts";
import type { CustomerFacts, FactValue, ThingFacts } from "../segments/evaluate.ts";
import type { CountedThing } from "../segments/fields.ts";
import { wake } from "./leases.ts";
import { customerOf, fold, isKnown, linked, toCompany, toEndUser } from "./people.ts";
import { changed, isWatched } from "./standing-room.ts";
import { type Customer, type Org, orgOf, type Row, type State } from "./state.ts";

/** All that segments can ask of a customer. */
export function factsOf(state: State, org: Org, customer: Customer, withCompany = true): CustomerFacts {
  const { fields: said, custom } = fold(customer);
  const user = customer.kind === "end_user" ? toEndUser(org, customer) : undefined;
  const shown = user ?? toCompany(org, customer);
  const seen =
    customer.kind === "end_user" ? org.standing.seen.get(customer.id) : lastSeenOf(org, customer.id);
  const health = org.standing.health.get(customer.id);
  const renewal = org.standing.renewals.get(customer.id);
  const signedUp = momentOf(said.get("signed_up_at"));
  const owner = user?.companyId === undefined ? undefined : customerOf(org, "company", user.companyId);
  const { revenue } = "revenue" in shown ? shown : { revenue: undefined };
  const { employeeCount } = "employeeCount" in shown ? shown : { employeeCount: undefined };
  const fields: { [field: string]: FactValue | undefined } = {
    name: shown.name,
    email: user?.email,
    phone: said.get("phone"),
    job_title: user?.jobTitle,
    lifecycle_stage: shown.lifecycleStage,
    domain: "domain" in shown ? shown.domain : undefined,
    industry: "industry" in shown ? shown.industry : undefined,
    city: said.get("city"),
    country: said.get("country"),
    employee_count: employeeCount,
    subscription_status: revenue?.subscriptionStatus,
    plan: revenue?.plan,
    last_payment_at: revenue?.lastPaymentAt,
    delinquent: revenue?.delinquent,
    renews_at: revenue?.renewsAt,
    cancels_at: revenue?.cancelsAt,
    signed_up_at: signedUp,
    first_seen: seen?.first,
    last_seen: seen?.last,
    created_at: customer.createdAt,
    health_score: health?.score,
    health_tier: health?.tier,
    renewal_status: renewal?.status,
    renewal_date: renewal?.renewalDate === undefined ? undefined : new Date(renewal.renewalDate),
    contract_term: renewal?.contractTerm,
    payment_terms: renewal?.paymentTerms,
    on_contract: renewal?.onContract,
  };
  return {
    kind: customer.kind,
    fields,
    money: {
      mrr: revenue?.mrr,
      lifetime_value: revenue?.lifetimeValue,
      monthly_spend: renewal?.monthlySpend,
    },
    custom: Object.fromEntries(custom),
    company: withCompany && owner && isKnown(owner) ? factsOf(state, org, owner, false) : undefined,
    things: thingsOf(state, org, customer),
  };
}

/** Vendors give ISO 8601 or epoch milliseconds. */
function momentOf(text: string | undefined): Date | undefined {
  const time =
    text === undefined
      ? Number.NaN
      : Date.parse(/^\d{12,15}$/.test(text) ? new Date(Number(text)).toISOString() : text);
  return Number.isFinite(time) ? new Date(time) : undefined;
}

/** A company was seen when any of its people was. */
function lastSeenOf(org: Org, companyId: string): { readonly first: Date; readonly last: Date } | undefined {
  const all = peopleOf(org, companyId).flatMap(({ id }) => org.standing.seen.get(id) ?? []);
  if (all.length === 0) return undefined;
  const times = (of: (seen: (typeof all)[number]) => Date) => all.map((seen) => of(seen).getTime());
  return {
    first: new Date(Math.min(...times(({ first }) => first))),
    last: new Date(Math.max(...times(({ last }) => last))),
  };
}

export const known = (org: Org, kind: CustomerKind): Customer[] =>
  [...org.customers.values()].filter((customer) => customer.kind === kind && isKnown(customer));

export const peopleOf = (org: Org, companyId: string): Customer[] =>
  known(org, "end_user").filter((person) => toEndUser(org, person).companyId === companyId);

type Things = { readonly [thing in CountedThing]: ThingFacts[] };

export function thingsOf(state: State, org: Org, customer: Customer): Things {
  const things: Things = { deal: [], meeting: [], activity: [] };
  for (const streams of org.collections.values())
    for (const { connectionId, rows, table } of streams.values()) {
      const mirror = state.mirrors.get(table);
      for (const count of mirror?.counts ?? [])
        for (const row of rows.values()) {
          if (row.deletedAt !== undefined || !counts(count, row)) continue;
          const isTheirs = row.links.some(
            (link) => link.kind === customer.kind && linked(org, connectionId, link) === customer,
          );
          if (isTheirs) things[count.as].push(thing(count, row, mirror?.columns ?? {}));
        }
    }
  return things;
}

const counts = ({ when }: RecordCount, row: Row) =>
  when === undefined || row.columns[when.column] === when.is;

function thing(
  { columns }: RecordCount,
  row: Row,
  types: { readonly [column: string]: ColumnType },
): ThingFacts {
  const entries = Object.entries(columns).map(([field, column]) => {
    const value = row.columns[column] ?? undefined;
    const dated = types[column] === "timestamptz" || types[column] === "date";
    return [field, dated && typeof value === "string" ? new Date(value) : (value as FactValue | undefined)];
  });
  return Object.fromEntries(entries);
}

/** Notes who is known otherwise after `work` than before; nobody where nothing of the org is watched. */
export function noting<T>(state: State, orgId: string, work: () => T): T {
  const org = orgOf(state, orgId);
  if (!isWatched(org.standing)) return work();
  const before = digests(state, org);
  const result = work();
  const after = digests(state, org);
  for (const id of new Set([...before.keys(), ...after.keys()]))
    if (before.get(id) !== after.get(id)) note(state, org, id);
  return result;
}

/** With a person their company changed: it is scored by its people. */
export function note(state: State, org: Org, id: string): void {
  const customer = org.customers.get(id);
  const kind = customer?.kind ?? "end_user";
  org.standing.changes.delete(id);
  org.standing.changes.set(id, changed(kind, id, ++state.sequence));
  const companyId = customer?.kind === "end_user" ? toEndUser(org, customer).companyId : undefined;
  if (companyId !== undefined) note(state, org, companyId);
  wake(state, { kind: "standing", orgId: org.id, subject: org.id });
}

function digests(state: State, org: Org): ReadonlyMap<string, string> {
  return new Map(
    [...known(org, "end_user"), ...known(org, "company")].map((customer) => {
      const facts = factsOf(state, org, customer, false);
      const companyId = customer.kind === "end_user" ? toEndUser(org, customer).companyId : undefined;
      return [customer.id, JSON.stringify([facts, companyId, [...customer.manual]])];
    }),
  );
}
