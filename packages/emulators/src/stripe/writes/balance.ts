import { badParameter, refusedAtWork } from "../api/errors.ts";
import type { StripeObject } from "../book/table.ts";
import { balanceTransaction } from "../objects/customer.ts";
import { add, change, type Fields, type Scene } from "./scene.ts";

export interface NewAdjustment extends Fields {
  /** Negative amounts are credit: the customer's next invoice is so much smaller. */
  readonly amount: number;
  readonly currency: string;
}

export function adjustBalance(scene: Scene, customer: StripeObject, given: NewAdjustment): StripeObject {
  // guess: nothing is moved by nothing; how the vendor says so is not documented.
  if (given.amount === 0)
    throw badParameter("amount", "parameter_invalid_integer", "Invalid non-zero integer");
  const currency = given.currency.toLowerCase();
  if (!/^[a-z]{3}$/.test(currency))
    throw badParameter("currency", undefined, `Invalid currency: ${currency}.`);
  if (customer.currency !== null && customer.currency !== currency) {
    throw refusedAtWork({
      message: `You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency ${customer.currency}`,
      param: "currency",
    });
  }
  const ending = Number(customer.balance) + given.amount;
  const made = balanceTransaction(scene.book, {
    ...given,
    currency,
    customer: customer.id,
    ending_balance: ending,
    created: scene.now,
  });
  // The vendor has no event for the transaction itself, only for the customer.
  add(scene, made);
  change(scene, "customer.updated", customer, { balance: ending, currency });
  return made;
}
