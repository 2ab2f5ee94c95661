import { normaliseEmail } from "../customers/email.ts";
import { isRenewalField, type RenewalField, renewalFields } from "../customers/renewal-fields.ts";
import { type CustomerKind, companyFields, endUserFields } from "../define/customer.ts";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { expectedOf, parseRenewal } from "../renewals/renewal-values.ts";
import type { Customers } from "./surface.ts";

const pageSize = 100;
const maxPageSize = 1_000;

/** Fields that a person may set, by kind: those that sources fill, and what stands under `custom:`. */
const settable: { readonly [kind in CustomerKind]: ReadonlySet<string> } = {
  end_user: new Set([...endUserFields, ...renewalFields]),
  company: new Set([...companyFields, ...renewalFields]),
};

export function createCustomers(engine: Engine): Customers {
  const { storage, clock, domains } = engine;
  const { customers } = storage;
  const limitOf = (limit: number | undefined) => Math.min(Math.max(1, limit ?? pageSize), maxPageSize);
  return {
    endUser: async (orgId, by) => {
      if ("id" in by) return await customers.endUser(orgId, by);
      const email = normaliseEmail(by.email);
      return email ? await customers.endUser(orgId, { email }) : undefined;
    },
    company: async (orgId, by) => {
      if ("id" in by) return await customers.company(orgId, by);
      const domain = domains.company(by.domain);
      return domain ? await customers.company(orgId, { domain }) : undefined;
    },
    endUsers: (orgId, page) => customers.endUsers(orgId, { ...page, limit: limitOf(page?.limit) }),
    companies: (orgId, page) => customers.companies(orgId, { ...page, limit: limitOf(page?.limit) }),
    explain: (orgId, kind, id) => customers.explain(orgId, kind, id),
    async set(orgId, kind, id, fields) {
      for (const field of Object.keys(fields)) {
        if (isRenewalField(field)) requireRenewal(field, fields[field]);
        if (settable[kind].has(field) || field.startsWith("custom:")) continue;
        throw new ValidationError(`"${field}" cannot be set on a customer of kind "${kind}".`, {
          path: field,
          reason: `one of ${[...settable[kind]].join(", ")}, or custom:<name>`,
        });
      }
      await customers.setManual(orgId, kind, id, fields, new Date(clock.now()));
    },
    // Not at load, as everything that only a running Halo needs (P13).
    context: async (request) => (await import("../customers/context.ts")).customerContext(engine, request),
    async setContext(orgId, kind, id, entries) {
      const { checkedEntries } = await import("../customers/context.ts");
      await customers.setContext(orgId, kind, id, checkedEntries(kind, entries));
    },
    async seen(orgId, people) {
      const now = clock.now();
      const sightings = await Promise.all(
        people.map(async (one) => {
          const at = one.at ?? new Date(now);
          if (Number.isNaN(at.getTime()) || at.getTime() > now + 60_000) {
            throw new ValidationError("A sighting is of now or of the past.", {
              path: "at",
              reason: "to come",
            });
          }
          if ("id" in one) return [{ id: one.id, at }];
          const email = normaliseEmail(one.email);
          const known = email ? await customers.endUser(orgId, { email }) : undefined;
          return known ? [{ id: known.id, at }] : [];
        }),
      );
      return await customers.seen(orgId, sightings.flat());
    },
  };
}

/** A word that no rule could read would stand above all sources and say nothing. */
function requireRenewal(field: RenewalField, value: string | null | undefined): void {
  if (value === null || value === undefined || parseRenewal(field, value) !== undefined) return;
  throw new ValidationError("The renewal cannot be set to that: see `path` and `reason`.", {
    path: field,
    reason: expectedOf(field),
  });
}
