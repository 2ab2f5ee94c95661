import { type ActionRunContext, defineAction, type EffectFound, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { Amount, Currency, Limits, moneyOf, requireWritable, withinLimits } from "./amount.ts";
import { part } from "./caller.ts";
import { moneyText } from "./currency.ts";
import { theCustomer } from "./customer.ts";
import { findInList, requireSettled } from "./read-back.ts";
import { Why } from "./why.ts";
import { KEY_LIFE_MS, keyed, marked, written } from "./write.ts";

const Input = z.strictObject({
  amount: Amount,
  currency: Currency,
  description: z
    .string()
    .trim()
    .min(1)
    .max(350)
    .optional()
    .describe("What it is for. The customer may see it with their balance."),
  why: Why,
});

const Config = z.strictObject({ max_amount: Limits });

type Input = z.output<typeof Input>;
type Config = z.output<typeof Config>;
type Context = ActionRunContext<Input, Config>;

export type CreditOutput = {
  readonly transaction_id: string;
  readonly customer: string;
  readonly amount: number;
  readonly currency: string;
  /** Of the customer's balance, in the smallest unit; below zero is to their credit. */
  readonly ending_balance: number | null;
};

const Transaction = z.object({
  id: z.string().min(1),
  amount: z.int(),
  currency: z.string(),
  created: z.number(),
  ending_balance: z.number().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

const pathOf = (customer: string) => `/v1/customers/${part(customer)}/balance_transactions`;

/** Credits the customer's balance, which the next invoice uses up, once a person has approved exactly this. */
export const credit = /* @__PURE__ */ defineAction<Input, Config, CreditOutput>({
  id: "credit",
  name: "Credit",
  description:
    "Asks for a credit on the customer's balance, which lowers their next invoice; it pays nothing out. A person of the team decides; nothing is credited before. Give the amount in the currency's smallest unit, and why.",
  subject: "end_user",
  approval: "human",
  destructive: true,
  input: Input as z.ZodType<Input>,
  config: Config,
  permit: ({ config, input }) => withinLimits(input, config.max_amount),
  async review(context) {
    const { input, subject } = context;
    const { amount, currency, description, why } = input;
    requireWritable(input);
    const customer = await theCustomer(context, subject);
    if (customer.currency && customer.currency !== currency) {
      const name = customer.currency.toUpperCase();
      throw new ValidationError(`The customer is billed in ${name}: ask in that currency.`, {
        path: "currency",
        reason: `is billed in ${name}`,
      });
    }
    // Stripe writes a credit as a negative balance.
    const before = -(customer.balance ?? 0);
    return {
      preview: {
        summary: `Credits ${moneyText(amount, currency)} to the balance of ${customer.email ?? customer.id}.`,
        changes: [
          { field: "credit", from: moneyText(before, currency), to: moneyText(before + amount, currency) },
          { field: "customer", to: customer.id },
          ...(description ? [{ field: "description", to: description }] : []),
          ...(why ? [{ field: "why", to: why }] : []),
        ],
      },
      money: moneyOf(input),
      customer: customer.id,
      // An invoice may use the balance up while the proposal waits: that changes nothing of the decision.
      state: { customer: customer.id },
      livemode: customer.livemode ?? undefined,
    };
  },
  async run(context) {
    const { effectKey, http, input, signal, subject } = context;
    const { amount, currency, description } = input;
    const customer = await theCustomer(context, subject);
    const made = await written(signal, () =>
      http.post<z.infer<typeof Transaction>>(pathOf(customer.id), {
        form: { amount: -amount, currency, description, metadata: marked(effectKey) },
        headers: keyed(effectKey),
        schema: Transaction,
        signal,
      }),
    );
    return outputOf(made, customer.id);
  },
  again: { kind: "idempotent", keyLifeMs: KEY_LIFE_MS, find },
});

function outputOf(made: z.infer<typeof Transaction>, customer: string): CreditOutput {
  const { amount, currency, ending_balance, id } = made;
  return { transaction_id: id, customer, amount: -amount, currency, ending_balance: ending_balance ?? null };
}

async function find(context: Context): Promise<EffectFound<CreditOutput>> {
  const { at, effectKey, input, subject } = context;
  const customer = await theCustomer(context, subject);
  const list = { path: pathOf(customer.id), query: {}, item: Transaction };
  const found = await findInList(context, list, effectKey, at);
  if (typeof found !== "string") {
    // The key's owner asked for something else under it.
    if (-found.amount !== input.amount || found.currency !== input.currency) return { state: "unknown" };
    return { state: "present", output: outputOf(found, customer.id) };
  }
  requireSettled(context, context);
  // An address may lead to another customer by now: only an id is certain to be the same.
  return { state: subject?.ids?.["stripe"] === undefined ? "unknown" : found };
}
