import { adjustBalance } from "../../writes/balance.ts";
import { createCustomer, deleteCustomer, updateCustomer } from "../../writes/customers.ts";
import { shown } from "../call.ts";
import { badParameter } from "../errors.ts";
import { integerParam, metadataParam, type Params, requiredText, textParam } from "../params.ts";
import type { Route } from "../router.ts";
import { alive, write } from "./write.ts";

const TEXTS = ["email", "name", "phone", "description"];

function fieldsOf(params: Params, before?: Record<string, string>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of TEXTS) {
    const value = textParam(params, name);
    if (value !== undefined) fields[name] = value || null;
  }
  if (typeof fields.email === "string" && !fields.email.includes("@"))
    throw badParameter("email", "email_invalid", `Invalid email address: ${fields.email}`);
  if (params.metadata !== undefined) fields.metadata = metadataParam(params, before);
  return fields;
}

const CUSTOMER = { objectType: "customer", word: "customer" } as const;

export const CUSTOMERS: readonly Route[] = [
  write({
    ...CUSTOMER,
    path: "/v1/customers",
    kind: "create",
    params: [...TEXTS, "metadata"],
    handle: (call) => shown(call, createCustomer(call.scene, fieldsOf(call.params))),
  }),
  write({
    ...CUSTOMER,
    path: "/v1/customers/{id}",
    kind: "update",
    params: [...TEXTS, "metadata"],
    handle(call) {
      const object = alive(call, "customer");
      const fields = fieldsOf(call.params, object.metadata as Record<string, string>);
      updateCustomer(call.scene, object, fields);
      return shown(call, object);
    },
  }),
  write({
    ...CUSTOMER,
    method: "DELETE",
    path: "/v1/customers/{id}",
    kind: "delete",
    params: [],
    handle(call) {
      const object = alive(call, "customer");
      deleteCustomer(call.scene, object);
      return shown(call, object);
    },
  }),
  write({
    path: "/v1/customers/{id}/balance_transactions",
    kind: "create",
    objectType: "customer_balance_transaction",
    word: "customer",
    params: ["amount", "currency", "description", "metadata"],
    handle(call) {
      const { params, scene } = call;
      const customer = alive(call, "customer");
      requiredText(params, "amount");
      const amount = integerParam(params, "amount") ?? 0;
      const currency = requiredText(params, "currency");
      const metadata = metadataParam(params);
      const description = textParam(params, "description") || null;
      return shown(call, adjustBalance(scene, customer, { amount, currency, metadata, description }));
    },
  }),
];
