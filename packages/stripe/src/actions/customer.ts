import { type ActionSubject, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { type Caller, part } from "./caller.ts";

const Customer = z.object({
  id: z.string().min(1),
  deleted: z.boolean().nullish(),
  email: z.string().nullish(),
  /** Set with the first invoice or balance, for good. */
  currency: z.string().nullish(),
  /** Below zero: a credit on the next invoice. */
  balance: z.number().nullish(),
  livemode: z.boolean().nullish(),
});

export type Customer = z.infer<typeof Customer>;

const Customers = z.object({ data: z.array(Customer), has_more: z.boolean().nullish() });

/** Beyond, an address names nobody. */
const MOST = 100;

/**
 * The customers whom the host's subject means: the one of its Stripe id, or all with its address, since Stripe allows
 * several. Compared as the vendor does: to the letter. Throws `input_invalid` where there is none.
 */
export async function customersOf(
  { http, signal }: Caller,
  subject: ActionSubject | undefined,
): Promise<readonly Customer[]> {
  const id = subject?.ids?.["stripe"];
  if (id !== undefined) {
    const one = await http.get<Customer | undefined>(`/v1/customers/${part(id)}`, {
      schema: Customer,
      absentOn: [404],
      signal,
    });
    if (one && !one.deleted) return [one];
    throw refused(
      "Stripe has no such customer: the host names them in `context.customer.ids.stripe`.",
      "unknown",
    );
  }
  const email = subject?.email;
  if (email === undefined) {
    throw refused("Give the customer's Stripe id or e-mail address in `context.customer`.", "is missing");
  }
  const { data, has_more } = await http.get("/v1/customers", {
    query: { email, limit: MOST },
    schema: Customers,
    signal,
  });
  const found = data.filter(({ deleted }) => !deleted);
  if (found.length === 0) {
    throw refused(
      "No customer at Stripe has this address, to the letter: the host gives their id as `context.customer.ids.stripe`.",
      "unknown",
    );
  }
  if (has_more) throw severalOf();
  return found;
}

/** The one customer that the subject means. Throws `input_invalid` where there is none, or several. */
export async function theCustomer(caller: Caller, subject: ActionSubject | undefined): Promise<Customer> {
  const [only, another] = await customersOf(caller, subject);
  if (only && !another) return only;
  throw severalOf();
}

function severalOf(): ValidationError {
  return refused(
    "Several customers at Stripe have this address: the host says which, as `context.customer.ids.stripe`.",
    "several",
  );
}

function refused(message: string, reason: string): ValidationError {
  return new ValidationError(message, { path: "context.customer", reason });
}

/** An id, or the object where the call expanded it. */
export const Reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish();
