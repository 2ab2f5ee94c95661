import {
  type ActionRunContext,
  type ActionSubject,
  normaliseEmail,
  ValidationError,
} from "@halo/core/actions";
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

export type Looking = Caller & Pick<ActionRunContext<unknown, unknown>, "known">;

/**
 * The customers whom the host's subject means: the one of its Stripe id, or all with its address, since Stripe allows
 * several. Stripe compares addresses to the letter: those that are written in another case are found by what Halo read before,
 * and, where the call names an object, by `named`, the id of whoever owns it. Throws `input_invalid` where there is none.
 */
export async function customersOf(
  caller: Looking,
  subject: ActionSubject | undefined,
  named?: string | null,
): Promise<readonly Customer[]> {
  const { http, signal } = caller;
  const id = subject?.ids?.["stripe"];
  if (id !== undefined) {
    const one = await read(caller, id);
    if (one) return [one];
    throw refused(
      "Stripe has no such customer: the host names them in `context.customer.ids.stripe`.",
      "unknown",
    );
  }
  const email = normaliseEmail(subject?.email);
  if (email === undefined) {
    throw refused("Give the customer's Stripe id or e-mail address in `context.customer`.", "is missing");
  }
  const { data, has_more } = await http.get("/v1/customers", {
    query: { email, limit: MOST },
    schema: Customers,
    signal,
  });
  if (has_more) throw severalOf();
  const found = data.filter(({ deleted }) => !deleted);
  const hints = [...((await caller.known?.("customers")) ?? []), ...(named ? [named] : [])];
  const unseen = new Set(hints.filter((hint) => !found.some((one) => one.id === hint)));
  if (found.length + unseen.size > MOST) throw severalOf();
  for (const one of await Promise.all([...unseen].map((hint) => read(caller, hint)))) {
    // Asked of Stripe: what was read before may have been somebody else's address by then.
    if (one && normaliseEmail(one.email) === email) found.push(one);
  }
  if (found.length === 0) {
    throw refused(
      "No customer at Stripe has this address: the host gives their id as `context.customer.ids.stripe`.",
      "unknown",
    );
  }
  return found;
}

/** Undefined for one that was deleted, or never was. */
async function read({ http, signal }: Caller, id: string): Promise<Customer | undefined> {
  const path = `/v1/customers/${part(id)}`;
  const one = await http.get<Customer | undefined>(path, { schema: Customer, absentOn: [404], signal });
  return one?.deleted ? undefined : one;
}

/** The one customer that the subject means. Throws `input_invalid` where there is none, or several. */
export async function theCustomer(caller: Looking, subject: ActionSubject | undefined): Promise<Customer> {
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
