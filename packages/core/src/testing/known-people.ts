import * as z from "zod";
import { defineIntegration, type IntegrationDefinition } from "../define/integration.ts";
import { defineStream } from "../define/stream.ts";

const Person = z.object({ id: z.string(), email: z.string(), name: z.string() });

export type KnownPerson = z.infer<typeof Person>;

/**
 * An integration "crm", connected with any key, that customers are known from: whoever is in the list at the next sync,
 * and a company of each address's domain.
 */
export function knownPeople(people: readonly KnownPerson[]): IntegrationDefinition {
  const contacts = defineStream<KnownPerson>({
    id: "contacts",
    name: "Contacts",
    record: Person,
    key: ({ id }) => id,
    columns: { email: "text" },
    row: ({ email }) => ({ email }),
    customer: ({ email, name }) => ({ kind: "end_user", emails: [email], fields: { name } }),
    async *pull() {
      yield { records: [...people], cursor: null, done: true };
    },
  });
  const companies = defineStream<KnownPerson>({
    ...(contacts as object),
    id: "companies",
    name: "Companies",
    record: Person,
    key: ({ id }) => id,
    columns: {},
    row: () => ({}),
    customer: ({ email, name }) => ({
      kind: "company",
      domains: [email],
      fields: { name: `${name}'s company` },
    }),
    async *pull() {
      yield { records: [...people], cursor: null, done: true };
    },
  });
  return defineIntegration({
    id: "crm",
    name: "CRM",
    auth: {
      scopes: [],
      key: { label: "Key" },
      identify: async () => ({ account: { id: "crm" } }),
    },
    http: { baseUrl: "https://crm.test", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: true, actions: false, notifications: false },
    streams: [contacts, companies],
  });
}
