import type { KeyToRead } from "@halo/core";
import { type EventObject, itself } from "./changes.ts";
import { Customer } from "./customer.ts";
import { when } from "./object.ts";
import { stripeStream } from "./stripe-stream.ts";

export const customerEvents = ["customer.created", "customer.updated", "customer.deleted"] as const;

export const keyOfCustomer = (object: EventObject): KeyToRead | undefined => itself(object, "customer");

/** Who pays: most other records belong to one. */
export const customers = stripeStream<Customer>({
  id: "customers",
  name: "Customers",
  record: Customer,
  key: ({ id }) => id,
  lists: [{ path: "/v1/customers" }],
  pathOf: ({ key }) => `/v1/customers/${encodeURIComponent(key)}`,
  events: customerEvents,
  keyOf: keyOfCustomer,
  columns: {
    email: "text",
    name: "text",
    phone: "text",
    description: "text",
    currency: "text",
    balance_minor: "bigint",
    is_delinquent: "boolean",
    city: "text",
    country: "text",
    metadata: "jsonb",
    is_live: "boolean",
    created_at: "timestamptz",
  },
  row: (customer) => ({
    email: customer.email,
    name: customer.name,
    phone: customer.phone,
    description: customer.description,
    currency: customer.currency,
    balance_minor: customer.balance,
    is_delinquent: customer.delinquent,
    city: customer.address?.city,
    country: customer.address?.country,
    metadata: customer.metadata,
    is_live: customer.livemode,
    created_at: when(customer.created),
  }),
  customer: ({ created, email, id, name, phone }) =>
    email
      ? {
          kind: "end_user",
          emails: [email],
          fields: { name, phone, signed_up_at: when(created)?.toISOString() },
          custom: { stripe_customer_id: id },
        }
      : undefined,
  // Which field of a company names its customer is the org's choice; the address names the company in any case.
  links: ({ email, id }, _refs, { customer_id_field: field } = {}) => {
    const values = [id, ...(email ? [email] : [])];
    return typeof field === "string" && field !== "" && field !== "domain"
      ? values.map((value) => ({ kind: "company", field, value, reason: "customer_id_field" }) as const)
      : email
        ? [{ kind: "company", domain: email, reason: "email_domain" } as const]
        : [];
  },
});
