import { type ActionSubject, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { type Caller, part } from "./caller.ts";
import { moneyText } from "./currency.ts";
import { type Customer, customersOf, type Looking, Reference } from "./customer.ts";

export const PaymentId = z.string().regex(/^(?:pi|ch|py)_\w{1,250}$/, "the id of a payment, such as pi_…");

const Charge = z.object({
  id: z.string().min(1),
  amount_captured: z.int().nullish(),
  amount_refunded: z.int().nullish(),
  currency: z.string(),
  customer: Reference,
  created: z.number(),
  disputed: z.boolean().nullish(),
  livemode: z.boolean().nullish(),
  payment_intent: Reference,
  status: z.string(),
});

export type Charge = z.infer<typeof Charge>;

const Intent = z.object({
  id: z.string(),
  customer: Reference,
  latest_charge: z.union([Charge, z.string()]).nullish(),
});

const Charges = z.object({ data: z.array(Charge) });

const SHOWN = 5;

/** The charge behind a payment of the subject's, and who of them paid it. Throws `input_invalid` where there is none. */
export async function chargeOf(
  caller: Looking,
  payment: string | undefined,
  subject: ActionSubject | undefined,
): Promise<{ readonly charge: Charge; readonly customer: Customer }> {
  if (payment === undefined) throw await unnamed(caller, await customersOf(caller, subject));
  const charge = payment.startsWith("pi_") ? await latestOf(caller, payment) : await read(caller, payment);
  const customers = await customersOf(caller, subject, charge?.customer);
  const customer = customers.find(({ id }) => id === charge?.customer);
  // Of somebody else's payment nothing is said, not even that it is there.
  if (!charge || !customer) {
    throw new ValidationError("This customer has no such payment.", { path: "payment", reason: "unknown" });
  }
  return { charge, customer };
}

/** What can still be given back; refunds that are under way are gone from it (guess: Stripe counts them at once). */
export const refundableOf = ({ amount_captured, amount_refunded }: Charge): number =>
  Math.max(0, (amount_captured ?? 0) - (amount_refunded ?? 0));

async function latestOf(caller: Caller, id: string): Promise<Charge | undefined> {
  const { http, signal } = caller;
  const intent = await http.get<z.infer<typeof Intent> | undefined>(`/v1/payment_intents/${part(id)}`, {
    query: { expand: ["latest_charge"] },
    schema: Intent,
    absentOn: [404],
    signal,
  });
  const charge = intent?.latest_charge;
  return typeof charge === "string" ? await read(caller, charge) : (charge ?? undefined);
}

const read = ({ http, signal }: Caller, id: string) =>
  http.get<Charge | undefined>(`/v1/charges/${part(id)}`, { schema: Charge, absentOn: [404], signal });

/** Which payments there are to choose from: a call names one, so that what is approved is what is given back. */
async function unnamed({ http, signal }: Caller, customers: readonly Customer[]): Promise<ValidationError> {
  const lists = await Promise.all(
    customers
      .slice(0, SHOWN)
      .map(({ id }) =>
        http.get("/v1/charges", { query: { customer: id, limit: 20 }, schema: Charges, signal }),
      ),
  );
  const open = lists
    .flatMap(({ data }) => data)
    .filter((charge) => charge.status === "succeeded" && refundableOf(charge) > 0)
    .sort((a, b) => b.created - a.created)
    .slice(0, SHOWN);
  const named = open.map(
    (charge) =>
      `${charge.payment_intent ?? charge.id} (${moneyText(refundableOf(charge), charge.currency)} of ${new Date(charge.created * 1_000).toISOString().slice(0, 10)} can be refunded)`,
  );
  const choice =
    named.length === 0 ? "This customer has none that can be refunded." : `There are: ${named.join(", ")}.`;
  return new ValidationError(`Name the payment. ${choice}`, { path: "payment", reason: "is missing" });
}
