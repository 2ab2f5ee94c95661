import { isRenewalField } from "../customers/renewal-fields.ts";
import { type CustomerKind, companyFields, endUserFields } from "../define/customer.ts";
import type { Company, EndUser } from "../ports/customer-store.ts";
import type { ClaimRow, LinkRow } from "../ports/page-store.ts";
import { revenueOf } from "./revenue.ts";
import { findRow } from "./rows.ts";
import { inherit } from "./standing-room.ts";
import { byText, type Claim, type Customer, copy, type Org, type Row } from "./state.ts";

/** The id that a customer has by now, if it was merged into another since. */
export function currentId(org: Org, id: string): string {
  let current = id;
  for (let next = org.redirects.get(id); next !== undefined; next = org.redirects.get(next)) current = next;
  return current;
}

export function customerOf(org: Org, kind: CustomerKind, id: string): Customer | undefined {
  const customer = org.customers.get(currentId(org, id));
  return customer?.kind === kind ? customer : undefined;
}

/** Known: something that is not deleted, or a person, speaks for it. */
export function isKnown(customer: Customer): boolean {
  if (customer.manual.size > 0) return true;
  for (const row of customer.rows) if (row.deletedAt === undefined) return true;
  return false;
}

/** Gives a row's claim to the customer it is about: the one it had, one of the same identity, or a new one. */
export function claim(org: Org, row: Row, wanted: ClaimRow, at: Date): void {
  const { kind } = wanted;
  const identities = org.identities[kind];
  const owners = wanted.identities.flatMap((identity) => {
    const owner = identities.get(identity);
    const customer = owner === undefined ? undefined : customerOf(org, kind, owner);
    return customer === undefined ? [] : [customer];
  });
  const had = row.claim?.kind === kind ? customerOf(org, kind, row.claim.customerId) : undefined;
  const oldest = owners.reduce<Customer | undefined>(
    (best, next) => (best === undefined || next.id < best.id ? next : best),
    undefined,
  );
  let reason: Claim["reason"] = "record";
  if (had !== undefined) reason = row.claim?.reason ?? reason;
  else if (oldest !== undefined) reason = kind === "end_user" ? "email" : "domain";
  dropClaim(org, row);
  let customer = had ?? oldest;
  if (customer === undefined) {
    const id = wanted.candidateId;
    customer = { id, kind, createdAt: copy(at), updatedAt: at, manual: new Map(), rows: new Set() };
    org.customers.set(id, customer);
  }
  customer.rows.add(row);
  customer.updatedAt = copy(at);
  row.claim = { ...copy(wanted), customerId: customer.id, reason };
  for (const identity of wanted.identities)
    if (!identities.has(identity)) identities.set(identity, customer.id);
  for (const owner of owners) turnedOutToBeOne(org, customer, owner);
}

/** Takes a row's claim away, with the identities that nobody else claims. */
export function dropClaim(org: Org, row: Row): void {
  if (row.claim === undefined) return;
  const { kind, identities, customerId } = row.claim;
  const customer = customerOf(org, kind, customerId);
  row.claim = undefined;
  if (customer === undefined) return;
  customer.rows.delete(row);
  const claimed = new Set([...customer.rows].flatMap((other) => other.claim?.identities ?? []));
  for (const identity of identities) {
    const owner = org.identities[kind].get(identity);
    if (owner !== undefined && customerOf(org, kind, owner) === customer && !claimed.has(identity))
      org.identities[kind].delete(identity);
  }
}

/** Drops a customer that nothing speaks for any more, not even a deleted record. */
export function forgetIfEmpty(org: Org, id: string): void {
  const customer = org.customers.get(id);
  if (customer?.rows.size !== 0 || customer.manual.size > 0) return;
  inherit(org.standing, id, undefined);
  org.customers.delete(id);
}

export function turnedOutToBeOne(org: Org, a: Customer, b: Customer): void {
  if (a === b) return;
  if (!org.merges.some(([x, y]) => (x === a.id && y === b.id) || (x === b.id && y === a.id)))
    org.merges.push([a.id, b.id]);
}

/** The older id stays; claims, identities and what people typed move to it. */
export function mergeCustomers(org: Org, kind: CustomerKind, one: string, other: string, at: Date): void {
  const a = customerOf(org, kind, one);
  const b = customerOf(org, kind, other);
  if (a === undefined || b === undefined || a === b) return;
  const [kept, gone] = a.id < b.id ? [a, b] : [b, a];
  for (const row of gone.rows) {
    kept.rows.add(row);
    if (row.claim !== undefined) row.claim.customerId = kept.id;
  }
  for (const [field, said] of gone.manual) {
    const own = kept.manual.get(field);
    if (own === undefined || own.at < said.at) kept.manual.set(field, said);
  }
  for (const [identity, owner] of org.identities[kind])
    if (owner === gone.id) org.identities[kind].set(identity, kept.id);
  kept.updatedAt = at;
  inherit(org.standing, gone.id, kept.id);
  org.customers.delete(gone.id);
  org.redirects.set(gone.id, kept.id);
}

/** Whom a link is about, as far as that is known by now: nothing is stored, so whoever appears later is found. */
export function linked(org: Org, connectionId: string, link: LinkRow): Customer | undefined {
  let customer: Customer | undefined;
  if (link.ref !== undefined) {
    const claimed = findRow(org, connectionId, link.ref.stream, link.ref.key)?.claim;
    if (claimed?.kind === link.kind) customer = customerOf(org, link.kind, claimed.customerId);
  } else if (link.field !== undefined) {
    const { name, value } = link.field;
    customer = [...org.customers.values()]
      .filter((one) => one.kind === link.kind && isKnown(one) && fieldOf(one, name) === value)
      .sort((a, b) => byText(a.id, b.id))[0];
  } else if (link.identity !== undefined) {
    const owner = org.identities[link.kind].get(link.identity);
    if (owner !== undefined) customer = customerOf(org, link.kind, owner);
  }
  return customer !== undefined && isKnown(customer) ? customer : undefined;
}

/** What a customer's field holds, as links name it: in lower case, without spaces around it. */
function fieldOf(customer: Customer, name: string): string | undefined {
  const { custom, fields, identity } = fold(customer);
  const value = name.startsWith("custom:")
    ? custom.get(name.slice("custom:".length))
    : (fields.get(name) ?? (name === "domain" ? identity : custom.get(name)));
  return value === undefined || value === null ? undefined : String(value).trim().toLowerCase();
}

/** Live claims, the one that counts most first: rank, then updated, then source. */
export function liveClaims(customer: Customer): { readonly row: Row; readonly claim: Claim }[] {
  return [...customer.rows]
    .flatMap((row) =>
      row.claim === undefined || row.deletedAt !== undefined ? [] : [{ row, claim: row.claim }],
    )
    .sort(
      (a, b) =>
        b.claim.rank - a.claim.rank ||
        b.row.version[0] - a.row.version[0] ||
        byText(b.claim.source, a.claim.source) ||
        byText(b.row.key, a.row.key),
    );
}

export function fold(customer: Customer) {
  const fields = new Map<string, string>();
  const custom = new Map<string, unknown>();
  const claims = liveClaims(customer);
  for (const { claim: said } of claims) {
    for (const [field, value] of Object.entries(said.fields))
      if (!fields.has(field)) fields.set(field, value);
    for (const [field, value] of Object.entries(said.custom))
      if (!custom.has(field)) custom.set(field, value);
  }
  for (const [field, { value }] of customer.manual)
    if (field.startsWith("custom:")) custom.set(field.slice("custom:".length), value);
    else fields.set(field, value);
  return {
    claims,
    fields,
    custom,
    identity: claims.find((c) => c.claim.identities.length > 0)?.claim.identities[0],
  };
}

/** What has no column goes to the custom fields. */
function rest(fields: ReadonlyMap<string, string>, columns: readonly string[], custom: Map<string, unknown>) {
  const left = [...fields].filter(([field]) => !columns.includes(field) && !isRenewalField(field));
  return Object.fromEntries([...custom, ...left]);
}

const shownOfEndUser = endUserFields.filter((field) => field !== "signed_up_at");
const shownOfCompany = companyFields.filter(
  (field) => field !== "phone" && field !== "city" && field !== "country",
);

export function toEndUser(org: Org, customer: Customer): EndUser {
  const { claims, fields, custom, identity } = fold(customer);
  return {
    id: customer.id,
    orgId: org.id,
    email: identity,
    name: fields.get("name"),
    phone: fields.get("phone"),
    jobTitle: fields.get("job_title"),
    lifecycleStage: fields.get("lifecycle_stage"),
    companyId: companyOf(org, claims),
    customFields: rest(fields, shownOfEndUser, custom),
    createdAt: copy(customer.createdAt),
    updatedAt: copy(customer.updatedAt),
  };
}

export function toCompany(org: Org, customer: Customer): Company {
  const { fields, custom, identity } = fold(customer);
  const employees = Number(fields.get("employee_count") ?? Number.NaN);
  return {
    id: customer.id,
    orgId: org.id,
    name: fields.get("name"),
    domain: identity,
    industry: fields.get("industry"),
    employeeCount: Number.isFinite(employees) ? employees : undefined,
    lifecycleStage: fields.get("lifecycle_stage"),
    ...withRevenue(org, customer),
    customFields: rest(fields, shownOfCompany, custom),
    createdAt: copy(customer.createdAt),
    updatedAt: copy(customer.updatedAt),
  };
}

function withRevenue(org: Org, customer: Customer): Pick<Company, "revenue"> {
  const revenue = revenueOf(org, customer);
  return revenue ? { revenue } : {};
}

/** The company by a vendor's link, or else by the domain of an address. */
function companyOf(org: Org, claims: readonly { readonly row: Row; readonly claim: Claim }[]) {
  for (const by of ["ref", "domain"] as const)
    for (const { row, claim: said } of claims) {
      const { ref, domain } = said.company ?? {};
      const link = by === "ref" ? ref && { ref } : domain === undefined ? undefined : { identity: domain };
      if (link === undefined) continue;
      const company = linked(org, row.collection.connectionId, {
        kind: "company",
        reason: by,
        score: 1,
        ...link,
      });
      if (company !== undefined) return company.id;
    }
  return undefined;
}
