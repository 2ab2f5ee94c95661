import type { StripeObject } from "../../book/table.ts";
import { refundCharge, settleRefund } from "../../writes/refunds.ts";
import { change } from "../../writes/scene.ts";
import { type Call, shown } from "../call.ts";
import { badParameter, refusedAtWork } from "../errors.ts";
import { choiceParam, integerParam, metadataParam } from "../params.ts";
import type { Route } from "../router.ts";
import { alive, named, write } from "./write.ts";

const REASONS = ["duplicate", "fraudulent", "requested_by_customer"];

function createRefund(call: Call): unknown {
  const { params, scene } = call;
  const amount = integerParam(params, "amount");
  if (amount !== undefined && amount < 1)
    throw badParameter("amount", "parameter_invalid_integer", "Invalid positive integer");
  const reason = choiceParam(params, "reason", REASONS);
  const metadata = metadataParam(params);
  if (params.charge === undefined && params.payment_intent === undefined) {
    throw badParameter(
      "charge",
      "parameter_missing",
      "One of the following params should be provided for this request: payment_intent or charge.",
    );
  }
  const charge = params.charge !== undefined ? named(call, "charge", "charge") : chargeOfIntent(call);
  return shown(call, refundCharge(scene, charge, { amount, metadata, reason }));
}

function chargeOfIntent(call: Call): StripeObject {
  const intent = named(call, "payment_intent", "payment_intent");
  const charge = call.book.tables.charge.get(String(intent.latest_charge));
  if (charge?.status === "succeeded") return charge;
  // guess: the words, and that there is no code.
  throw refusedAtWork({
    message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
    param: "payment_intent",
  });
}

export const REFUNDS: readonly Route[] = [
  write({
    path: "/v1/refunds",
    kind: "create",
    objectType: "refund",
    word: "charge",
    params: [
      ..."payment_intent charge amount reason metadata instructions_email".split(" "),
      ..."refund_application_fee reverse_transfer".split(" "),
    ],
    handle: createRefund,
  }),
  write({
    path: "/v1/refunds/{id}",
    kind: "update",
    objectType: "refund",
    word: "charge",
    params: ["metadata"],
    handle(call) {
      const made = alive(call, "refund");
      const metadata = metadataParam(call.params, made.metadata as Record<string, string>);
      change(call.scene, "refund.updated", made, { metadata });
      return shown(call, made);
    },
  }),
  write({
    path: "/v1/refunds/{id}/cancel",
    kind: "update",
    objectType: "refund",
    word: "charge",
    params: [],
    handle(call) {
      const made = alive(call, "refund");
      if (made.status !== "requires_action")
        throw refusedAtWork({ message: `A refund with status ${made.status} cannot be canceled.` });
      settleRefund(call.scene, made, "canceled");
      return shown(call, made);
    },
  }),
];
