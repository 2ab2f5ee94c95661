import { normaliseEmail } from "../customers/email.ts";
import { renewalFields } from "../customers/renewal-fields.ts";
import { type CustomerKind, companyFields, endUserFields } from "../define/customer.ts";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import type { Customers } from "./surface.ts";

const pageSize = 100;
const maxPageSize = 1_000;

/** Fields that a person may set, by kind: those that sources fill, and what stands under `custom:`. */
const settable: { readonly [kind in CustomerKind]: ReadonlySet<string> } = {
  end_user: new Set([...endUserFields, ...renewalFields]),
  company: new Set([...companyFields, ...renewalFields]),
};

export function createCustomers({ storage, clock, domains }: Engine): Customers {
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
        if (settable[kind].has(field) || field.startsWith("custom:")) continue;
        throw new ValidationError(`"${field}" cannot be set on a customer of kind "${kind}".`, {
          path: field,
          reason: `one of ${[...settable[kind]].join(", ")}, or custom:<name>`,
        });
      }
      await customers.setManual(orgId, kind, id, fields, new Date(clock.now()));
    },
  };
}
