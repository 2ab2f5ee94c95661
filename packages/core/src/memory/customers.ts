import type { CustomerKind } from "../define/customer.ts";
import { ValidationError } from "../errors.ts";
import type { CustomerStore, Match } from "../ports/customer-store.ts";
import type { ThingFacts } from "../segments/evaluate.ts";
import { factsOf, noting, thingsOf } from "./facts.ts";
import { requireLease } from "./leases.ts";
import { customerOf, isKnown, linked, mergeCustomers, toCompany, toEndUser } from "./people.ts";
import { findRow } from "./rows.ts";
import { byText, type Customer, copy, orgOf, type State } from "./state.ts";

export function memoryCustomers(state: State): CustomerStore {
  const find = (
    orgId: string,
    kind: CustomerKind,
    by: { readonly id?: string; readonly identity?: string },
  ): Customer | undefined => {
    const org = orgOf(state, orgId);
    const id = by.id ?? org.identities[kind].get(by.identity ?? "");
    const customer = id === undefined ? undefined : customerOf(org, kind, id);
    return customer !== undefined && isKnown(customer) ? customer : undefined;
  };

  const known = (orgId: string, kind: CustomerKind) =>
    [...orgOf(state, orgId).customers.values()].filter(
      (customer) => customer.kind === kind && isKnown(customer),
    );

  const page = (
    orgId: string,
    kind: CustomerKind,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ) =>
    known(orgId, kind)
      .filter(({ id }) => after === undefined || id > after)
      .sort((a, b) => byText(a.id, b.id))
      .slice(0, limit);

  return {
    async endUser(orgId, by) {
      const query = "id" in by ? by : { identity: by.email.trim().toLowerCase() };
      const found = find(orgId, "end_user", query);
      return found && copy(toEndUser(orgOf(state, orgId), found));
    },

    async company(orgId, by) {
      const query = "id" in by ? by : { identity: by.domain.trim().toLowerCase() };
      const found = find(orgId, "company", query);
      return found && copy(toCompany(orgOf(state, orgId), found));
    },

    async endUsers(orgId, wanted) {
      return copy(page(orgId, "end_user", wanted).map((one) => toEndUser(orgOf(state, orgId), one)));
    },

    async companies(orgId, wanted) {
      return copy(page(orgId, "company", wanted).map((one) => toCompany(orgOf(state, orgId), one)));
    },

    async counts(orgId) {
      return { endUsers: known(orgId, "end_user").length, companies: known(orgId, "company").length };
    },

    async setManual(orgId, kind, id, fields, at) {
      const customer = find(orgId, kind, { id });
      if (customer === undefined) throw noCustomer();
      noting(state, orgId, () => {
        for (const [field, value] of Object.entries(fields))
          if (value === null) customer.manual.delete(field);
          else customer.manual.set(field, { value, at: copy(at) });
        customer.updatedAt = copy(at);
      });
    },

    async seen(orgId, sightings) {
      const org = orgOf(state, orgId);
      const known = new Set<string>();
      noting(state, orgId, () => {
        for (const { at, id } of sightings) {
          if (find(orgId, "end_user", { id })?.id !== id) continue;
          known.add(id);
          const { first = at, last = at } = org.standing.seen.get(id) ?? {};
          const times = [first, last, at].map((time) => time.getTime());
          org.standing.seen.set(id, {
            first: new Date(Math.min(...times)),
            last: new Date(Math.max(...times)),
          });
        }
      });
      return known.size;
    },

    async setContext(orgId, kind, id, entries) {
      const { standing } = orgOf(state, orgId);
      const customer = find(orgId, kind, { id });
      if (customer === undefined) throw noCustomer();
      const kept = new Map([
        ...Object.entries(standing.context.get(customer.id) ?? {}),
        ...Object.entries(copy(entries)),
      ]);
      standing.context.set(customer.id, Object.fromEntries([...kept].filter(([, value]) => value !== null)));
    },

    async profile(orgId, kind, id, limit) {
      const org = orgOf(state, orgId);
      const customer = find(orgId, kind, { id });
      if (customer === undefined) return undefined;
      const { fields } = factsOf(state, org, customer, false);
      const dated = (value: unknown) => (value instanceof Date ? value : undefined);
      const things = thingsOf(state, org, customer);
      const newest = (list: readonly ThingFacts[]) =>
        list
          .toSorted((a, b) => (dated(b["at"])?.getTime() ?? 0) - (dated(a["at"])?.getTime() ?? 0))
          .slice(0, limit);
      return copy({
        context: org.standing.context.get(customer.id) ?? {},
        firstSeen: dated(fields["first_seen"]),
        lastSeen: dated(fields["last_seen"]),
        things: {
          deal: newest(things.deal),
          meeting: newest(things.meeting),
          activity: newest(things.activity),
        },
      });
    },

    async explain(orgId, kind, id, limit = 100) {
      const org = orgOf(state, orgId);
      const customer = find(orgId, kind, { id });
      if (customer === undefined) return [];
      const about = { kind, customerId: customer.id };
      const typed: Match[] = [...customer.manual.keys()].map((key) => ({
        ...about,
        connectionId: undefined,
        stream: "",
        key,
        reason: "manual",
        score: 1,
      }));
      const claims: Match[] = [];
      const links: Match[] = [];
      for (const collections of org.collections.values())
        for (const { connectionId, stream, rows } of collections.values())
          for (const row of rows.values()) {
            if (row.deletedAt !== undefined) continue;
            const from = { ...about, connectionId, stream, key: row.key };
            if (customer.rows.has(row))
              claims.push({ ...from, reason: row.claim?.reason ?? "record", score: 1 });
            for (const link of row.links)
              if (link.kind === kind && linked(org, connectionId, link) === customer)
                links.push({ ...from, reason: link.reason, score: link.score });
          }
      return [...typed, ...claims, ...links].slice(0, limit);
    },

    async about(orgId, records) {
      const org = orgOf(state, orgId);
      return records.map(({ connectionId, key, stream }) => {
        const row = findRow(org, connectionId, stream, key);
        const live = row?.deletedAt === undefined ? (row?.links ?? []) : [];
        const links = live.toSorted((a, b) => b.score - a.score);
        const first = (kind: CustomerKind) => {
          for (const link of links) {
            const customer = link.kind === kind ? linked(org, connectionId, link) : undefined;
            if (customer !== undefined) return customer;
          }
          return undefined;
        };
        const user = first("end_user");
        const person = user && toEndUser(org, user);
        const owner = first("company") ?? find(orgId, "company", { id: person?.companyId ?? "" });
        const company = owner && toCompany(org, owner);
        return {
          person: person && { email: person.email, name: person.name },
          company: company && { domain: company.domain, name: company.name },
        };
      });
    },

    async reconcile(lease, limit) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      return noting(state, lease.orgId, () => {
        const pairs = org.merges.splice(0, limit);
        for (const [a, b] of pairs)
          for (const kind of ["end_user", "company"] as const)
            mergeCustomers(org, kind, a, b, new Date(state.clock.now()));
        return pairs.length;
      });
    },
  };
}

const noCustomer = () =>
  new ValidationError("There is no such customer: look it up by address or domain first.", {
    code: "not_found",
    path: "id",
    reason: "unknown",
  });
