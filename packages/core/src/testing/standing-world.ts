import type { Lease } from "../ports/lease-store.ts";
import type { HealthScore, Renewal } from "../ports/standing-store.ts";
import { at, claimRow, record, type World } from "./storage-world.ts";

/** A person who belongs to a company by the record "c", if that is there. */
export async function person(
  self: World,
  key: string,
  minutes: number,
  fields: { [field: string]: string } = {},
) {
  const company = { ref: { stream: "companies", key: "c" } };
  const claim = claimRow({ identities: [`${key}@people.test`], fields: { name: key, ...fields }, company });
  await self.commit({ records: [record(key, minutes, { text: JSON.stringify(fields), claim })] });
  return (await self.storage.customers.endUser(self.orgId, { email: `${key}@people.test` }))?.id ?? "";
}

export async function company(self: World, minutes: number, fields: { [field: string]: string } = {}) {
  const claim = claimRow({ kind: "company", identities: ["acme.test"], fields: { name: "Acme", ...fields } });
  await self.commit({
    stream: "companies",
    records: [record("c", minutes, { text: JSON.stringify(fields), claim })],
  });
  return (await self.storage.customers.company(self.orgId, { domain: "acme.test" }))?.id ?? "";
}

/** What is noted now, as a set of ids; all of it settled. */
export async function changes(self: World, lease: Lease): Promise<ReadonlySet<string>> {
  const noted = await self.storage.standing.changes(lease, 1_000);
  await self.storage.standing.settle(lease, noted);
  return new Set(noted.map(({ customerId }) => customerId));
}

export const score = (customerId: string, like: Partial<HealthScore> = {}): HealthScore => ({
  kind: "company",
  customerId,
  score: 82,
  tier: "healthy",
  signals: { activity: 82 },
  reason: undefined,
  falls: 0,
  computedAt: at(10),
  ...like,
});

export const renewal = (customerId: string, like: Partial<Renewal> = {}): Renewal => ({
  kind: "company",
  customerId,
  status: "up_for_renewal",
  renewalDate: "2027-01-31",
  contractTerm: "annual",
  paymentTerms: "monthly",
  onContract: true,
  monthlySpend: { usd: "49.00", eur: "12.5" },
  sources: { status: "rule", renewal_date: "manual" },
  computedAt: at(10),
  ...like,
});
