import { type ActionSubject, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { type Caller, part } from "./caller.ts";
import { moneyText } from "./currency.ts";
import { type Customer, customersOf, type Looking, Reference } from "./customer.ts";

export const SubscriptionId = z
  .string()
  .regex(/^sub_\w{1,250}$/, "the id of a subscription, such as sub_…")
  .optional()
  .describe("The subscription's id. Left out, the refusal says which there are.");

export const Subscription = z.object({
  id: z.string().min(1),
  status: z.string(),
  customer: Reference,
  cancel_at: z.number().nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  canceled_at: z.number().nullish(),
  cancellation_details: z.object({ comment: z.string().nullish() }).nullish(),
  livemode: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  schedule: Reference,
  trial_end: z.number().nullish(),
  items: z.object({
    data: z.array(
      z.object({
        current_period_end: z.number().nullish(),
        quantity: z.number().nullish(),
        price: z.object({
          currency: z.string(),
          unit_amount: z.int().nullish(),
          recurring: z.object({ interval: z.string(), interval_count: z.number().nullish() }).nullish(),
        }),
      }),
    ),
  }),
});

export type Subscription = z.infer<typeof Subscription>;

const Subscriptions = z.object({ data: z.array(Subscription) });

const ENDED = new Set(["canceled", "incomplete_expired"]);
const SHOWN = 5;

export const isEnded = ({ status }: Subscription) => ENDED.has(status);

/** A subscription of the subject's, and who of them pays it. Throws `input_invalid` where there is none. */
export async function subscriptionOf(
  caller: Looking,
  id: string | undefined,
  subject: ActionSubject | undefined,
): Promise<{ readonly found: Subscription; readonly customer: Customer }> {
  if (id === undefined) throw await unnamed(caller, await customersOf(caller, subject));
  const found = await readSubscription(caller, id);
  const customers = await customersOf(caller, subject, found?.customer);
  const customer = customers.find((one) => one.id === found?.customer);
  if (!found || !customer) {
    throw refusedSubscription("This customer has no such subscription.", "unknown");
  }
  if (found.schedule) {
    throw refusedSubscription(
      "A schedule owns this subscription: it is changed through the schedule, in Stripe's dashboard.",
      "schedule",
    );
  }
  return { found, customer };
}

export const readSubscription = ({ http, signal }: Caller, id: string) =>
  http.get<Subscription | undefined>(`/v1/subscriptions/${part(id)}`, {
    schema: Subscription,
    absentOn: [404],
    signal,
  });

export function refusedSubscription(message: string, reason: string): ValidationError {
  return new ValidationError(message, { path: "subscription", reason });
}

/** "20.00 EUR a month, 3 times" of each item. */
export function planText({ items }: Subscription): string {
  const texts = items.data.map(({ price, quantity }) => {
    const { interval = "period", interval_count } = price.recurring ?? {};
    const every = (interval_count ?? 1) > 1 ? `every ${interval_count} ${interval}s` : `a ${interval}`;
    const amount =
      price.unit_amount === null || price.unit_amount === undefined
        ? price.currency.toUpperCase()
        : moneyText(price.unit_amount, price.currency);
    return `${amount} ${every}${(quantity ?? 1) > 1 ? `, ${quantity} times` : ""}`;
  });
  return texts.join("; ") || "no items";
}

export const dayText = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 10);

/** Where the running period ends; of several items the last. */
export function periodEndOf({ items }: Subscription): number | undefined {
  const ends = items.data.flatMap(({ current_period_end }) => current_period_end ?? []);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

async function unnamed({ http, signal }: Caller, customers: readonly Customer[]): Promise<ValidationError> {
  const lists = await Promise.all(
    customers.slice(0, SHOWN).map(({ id }) =>
      http.get("/v1/subscriptions", {
        query: { customer: id, status: "all", limit: 20 },
        schema: Subscriptions,
        signal,
      }),
    ),
  );
  const open = lists
    .flatMap(({ data }) => data)
    .filter((one) => !isEnded(one))
    .slice(0, SHOWN);
  const named = open.map((one) => `${one.id} (${one.status}, ${planText(one)})`);
  const choice = named.length === 0 ? "This customer has none that runs." : `There are: ${named.join(", ")}.`;
  return refusedSubscription(`Name the subscription. ${choice}`, "is missing");
}
