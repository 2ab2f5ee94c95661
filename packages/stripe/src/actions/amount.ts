import { ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { moneyText, ruleOf } from "./currency.ts";

/** Whole minor units and nothing that a number could lose: no float, no text, nothing from 2^53 on. */
export const Amount = z
  .int()
  .min(1)
  .describe("In the currency's smallest unit, a whole number: 1250 is 12.50 EUR, and 1250 JPY.");

export const Currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, "a currency's three letters, such as eur")
  .transform((text) => text.toLowerCase())
  .describe("The currency's three letters, such as eur.");

/** Most of each currency, by its three letters; a currency that is not there is not allowed. */
export const Limits = z
  .record(z.string().regex(/^[a-z]{3}$/, "three small letters, such as eur"), z.int().min(1))
  .optional()
  .describe("The most that one call may move, by currency, in its smallest unit: { eur: 5000 }.");

export interface Sum {
  readonly amount: number;
  readonly currency: string;
}

/** Whether an admin's limits allow it: true, or why not. */
export function withinLimits(
  { amount, currency }: Sum,
  limits: { readonly [currency: string]: number } | undefined,
): true | string {
  if (limits === undefined) return true;
  const most = Object.hasOwn(limits, currency) ? limits[currency] : undefined;
  if (most === undefined) return `It may move nothing in ${currency.toUpperCase()}.`;
  return amount <= most || `It may move at most ${moneyText(most, currency)} at once.`;
}

/** Throws `input_invalid` for an amount that Stripe takes in no payment of this currency. */
export function requireWritable({ amount, currency }: Sum): void {
  const { step } = ruleOf(currency);
  if (amount % step === 0) return;
  throw new ValidationError(`An amount of ${currency.toUpperCase()} is a multiple of ${step}: give one.`, {
    path: "amount",
    reason: `not a multiple of ${step}`,
  });
}

export const moneyOf = ({ amount, currency }: Sum) => ({
  amountMinor: amount,
  currency,
  digits: ruleOf(currency).digits,
});
