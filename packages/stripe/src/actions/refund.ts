import { type ActionRunContext, defineAction, type EffectFound, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { Amount, Currency, Limits, moneyOf, requireWritable, withinLimits } from "./amount.ts";
import { moneyText } from "./currency.ts";
import { type Charge, chargeOf, PaymentId, refundableOf } from "./payment.ts";
import { findInList, requireSettled } from "./read-back.ts";
import { Why } from "./why.ts";
import { KEY_LIFE_MS, keyed, marked, written } from "./write.ts";

const reasons = ["requested_by_customer", "duplicate", "fraudulent"] as const;

const Input = z.strictObject({
  payment: PaymentId.optional().describe(
    "The id of the payment (pi_… or ch_…). Left out, the refusal says which of the customer's payments there are.",
  ),
  amount: Amount,
  currency: Currency,
  reason: z.enum(reasons).default("requested_by_customer").describe("Why, in Stripe's words."),
  why: Why,
});

const Config = z.strictObject({
  max_amount: Limits,
  max_percent: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe("The most of a payment that may be refunded in all, earlier refunds included."),
  max_age_days: z.int().min(1).max(3_650).optional().describe("How old a payment may be."),
  allowed_reasons: z
    .array(z.enum(reasons))
    .min(1)
    .default(["requested_by_customer", "duplicate"])
    .describe("fraudulent also puts the customer's card and address on Stripe's block lists."),
});

type Input = z.output<typeof Input>;
type Config = z.output<typeof Config>;
type Context = ActionRunContext<Input, Config>;

export type RefundOutput = {
  readonly refund_id: string;
  readonly payment: string;
  readonly amount: number;
  readonly currency: string;
  /** `pending` may still fail: Stripe then tells so by `refund.failed`. */
  readonly status: string;
};

const Refund = z.object({
  id: z.string().min(1),
  amount: z.int(),
  currency: z.string(),
  created: z.number(),
  metadata: z.record(z.string(), z.string()).nullish(),
  status: z.string().nullish(),
});

const DAY_MS = 24 * 60 * 60_000;

/** Gives back all or part of a payment of the customer, once a person has approved exactly this. */
export const refund = /* @__PURE__ */ defineAction<Input, Config, RefundOutput>({
  id: "refund",
  name: "Refund",
  description:
    "Asks for a refund of one of the customer's payments. A person of the team decides; nothing is refunded before. Name the payment, the amount in the currency's smallest unit, and why. It cancels no subscription.",
  subject: "end_user",
  approval: "human",
  destructive: true,
  input: Input as z.ZodType<Input>,
  config: Config as z.ZodType<Config>,
  permit: ({ config, input }) =>
    config.allowed_reasons.includes(input.reason)
      ? withinLimits(input, config.max_amount)
      : `The reason ${input.reason} is not among the allowed ones: ${config.allowed_reasons.join(", ")}.`,
  async review(context) {
    const { input, subject } = context;
    const { charge, customer } = await chargeOf(context, input.payment, subject);
    requireRefundable(charge, context);
    const refundable = refundableOf(charge);
    const captured = charge.amount_captured ?? 0;
    const money = (amount: number) => moneyText(amount, charge.currency);
    return {
      preview: {
        summary: `Refunds ${money(input.amount)} of ${money(captured)} paid by ${customer.email ?? customer.id}.`,
        changes: [
          {
            field: "refunded",
            from: money(captured - refundable),
            to: money(captured - refundable + input.amount),
          },
          { field: "payment", to: input.payment ?? charge.id },
          { field: "customer", to: charge.customer ?? "" },
          { field: "reason", to: input.reason },
          ...(input.why ? [{ field: "why", to: input.why }] : []),
        ],
      },
      money: moneyOf(input),
      customer: charge.customer ?? undefined,
      state: { charge: charge.id, status: charge.status, refundable },
      livemode: charge.livemode ?? undefined,
    };
  },
  async run({ effectKey, http, input, signal }) {
    const { amount, payment = "", reason } = input;
    const made = await written(signal, () =>
      http.post<z.infer<typeof Refund>>("/v1/refunds", {
        form: { ...placeOf(payment), amount, reason, metadata: marked(effectKey) },
        headers: keyed(effectKey),
        schema: Refund,
        signal,
      }),
    );
    return outputOf(made, payment);
  },
  again: { kind: "idempotent", keyLifeMs: KEY_LIFE_MS, find },
});

const placeOf = (payment: string): { readonly [name: string]: string } =>
  payment.startsWith("pi_") ? { payment_intent: payment } : { charge: payment };

function outputOf({ amount, currency, id, status }: z.infer<typeof Refund>, payment: string): RefundOutput {
  return { refund_id: id, payment, amount, currency, status: status ?? "unknown" };
}

/** A refund stands in its payment's list, with the mark in its metadata. */
async function find(context: Context): Promise<EffectFound<RefundOutput>> {
  const { at, effectKey, input } = context;
  const payment = input.payment ?? "";
  const list = { path: "/v1/refunds", query: placeOf(payment), item: Refund };
  const found = await findInList(context, list, effectKey, at);
  if (typeof found !== "string") {
    // The key's owner asked for something else under it.
    if (found.amount !== input.amount || found.currency !== input.currency) return { state: "unknown" };
    return { state: "present", output: outputOf(found, payment) };
  }
  requireSettled(context, context);
  return { state: found };
}

/** Throws `input_invalid` with what is wrong, in the order in which a person would look. */
function requireRefundable(charge: Charge, { config, at, http, input }: Context): void {
  const { amount, currency } = input;
  const name = charge.currency.toUpperCase();
  if (charge.currency !== currency) {
    throw refused("currency", `The payment is in ${name}: ask in that currency.`, `is in ${name}`);
  }
  if (charge.status !== "succeeded") {
    throw refused("payment", "The payment did not succeed: there is nothing to give back.", charge.status);
  }
  if (charge.disputed) {
    throw refused("payment", "The customer's bank disputes it: answer the dispute instead.", "disputed");
  }
  const refundable = refundableOf(charge);
  if (refundable === 0) {
    throw refused("payment", "Nothing of this payment can be refunded any more.", "nothing refundable");
  }
  const rest = moneyText(refundable, currency);
  if (amount > refundable) {
    throw refused("amount", `At most ${rest} of this payment can be refunded.`, `above ${rest}`);
  }
  // All that is left may be an amount that Stripe took before it asked for whole units.
  if (amount !== refundable) requireWritable(input);
  const captured = charge.amount_captured ?? 0;
  const inAll = captured - refundable + amount;
  if (BigInt(inAll) * 100n > BigInt(captured) * BigInt(config.max_percent)) {
    const most = `${config.max_percent} % of a payment may be refunded in all`;
    throw refused("amount", `At most ${most}.`, most);
  }
  const now = http.vendorNow() ?? at;
  if (
    config.max_age_days !== undefined &&
    now.getTime() - charge.created * 1_000 > config.max_age_days * DAY_MS
  ) {
    const most = `older than ${config.max_age_days} days`;
    throw refused("payment", `The payment is ${most}: an admin has set how old it may be.`, most);
  }
}

function refused(path: string, message: string, reason: string): ValidationError {
  return new ValidationError(message, { path, reason });
}
