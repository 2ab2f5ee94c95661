import { defineIntegration, defineStream, type IntegrationDefinition } from "@halo/core";
import * as z from "zod";

const Person = z.object({ id: z.string(), email: z.string(), name: z.string() });

/** Where the org's customers are known from: whoever is in the list, at the next sync. */
export function crm(people: { id: string; email: string; name: string }[]): IntegrationDefinition {
  const contacts = defineStream<z.infer<typeof Person>>({
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
  const companies = defineStream<z.infer<typeof Person>>({
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
