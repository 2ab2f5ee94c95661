import { badParameter, refusedAtWork } from "../api/errors.ts";
import type { StripeObject } from "../book/table.ts";
import { refund } from "../objects/payment.ts";
import { add, change, money, type Scene } from "./scene.ts";

export interface NewRefund {
  /** In the currency's smallest unit; the rest of the charge unless told. */
  readonly amount?: number | undefined;
  readonly reason?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

export type RefundEnd = "succeeded" | "failed" | "canceled";

/** Gives back a charge or a part of it; the vendor's refusals for what cannot be given back. */
export function refundCharge(scene: Scene, charge: StripeObject, given: NewRefund): StripeObject {
  const { amount, metadata = {}, reason = null } = given;
  const currency = String(charge.currency);
  if (amount !== undefined && amount < 1)
    throw badParameter("amount", "parameter_invalid_integer", "Invalid positive integer");
  if (charge.status !== "succeeded") {
    // guess: the code is the vendor's, that it stands for failed charges is not documented.
    throw refusedAtWork({
      code: "charge_not_refundable",
      message: `Charge ${charge.id} is not refundable because it did not succeed.`,
      param: "charge",
    });
  }
  if (charge.disputed) {
    throw refusedAtWork({
      code: "charge_disputed",
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    });
  }
  const left = Number(charge.amount_captured) - Number(charge.amount_refunded);
  if (left === 0) {
    throw refusedAtWork({
      code: "charge_already_refunded",
      message: `Charge ${charge.id} has already been refunded.`,
    });
  }
  const back = amount ?? left;
  if (back > left) {
    throw refusedAtWork({
      message: `Refund amount (${money(back, currency)}) is greater than unrefunded amount on charge (${money(left, currency)})`,
      param: "amount",
    });
  }
  const status = scene.behaviour.refundStatus;
  const made = refund(scene.book, charge, {
    amount: back,
    metadata,
    reason,
    created: scene.now,
    status,
    ...(status === "pending" && { pending_reason: "processing" }),
  });
  add(scene, made, "refund.created");
  if (status === "failed") settleRefund(scene, made, "failed");
  else moveRefunded(scene, charge, back);
  return made;
}

/** A pending refund, or one that seemed done, comes to its end. What failed is the merchant's again. */
export function settleRefund(scene: Scene, made: StripeObject, end: RefundEnd): void {
  const charge = scene.book.need("charge", String(made.charge));
  const wasGiven = made.status === "succeeded" || made.status === "pending";
  change(scene, "refund.updated", made, () => {
    made.status = end;
    delete made.pending_reason;
    if (end === "failed") made.failure_reason = "expired_or_canceled_card";
  });
  scene.tell("charge.refund.updated", made);
  if (end === "failed") scene.tell("refund.failed", made);
  if (end !== "succeeded" && wasGiven) moveRefunded(scene, charge, -Number(made.amount));
}

function moveRefunded(scene: Scene, charge: StripeObject, amount: number): void {
  const refunded = Number(charge.amount_refunded) + amount;
  const type = amount > 0 ? "charge.refunded" : "charge.updated";
  change(scene, type, charge, { amount_refunded: refunded, refunded: refunded === charge.amount_captured });
}
