import {
  createCreditNote,
  type NewCreditNote,
  planCreditNote,
  voidCreditNote,
} from "../../writes/credit-notes.ts";
import { type Call, shown } from "../call.ts";
import { badParameter } from "../errors.ts";
import { choiceParam, givenText, integerParam, metadataParam } from "../params.ts";
import type { Route } from "../router.ts";
import { alive, named, write } from "./write.ts";

const REASONS = ["duplicate", "fraudulent", "order_change", "product_unsatisfactory"];
const PARAMS = [
  ..."invoice amount credit_amount refund_amount out_of_band_amount".split(" "),
  ..."memo metadata reason email_type".split(" "),
];

function inputOf({ params }: Call): NewCreditNote {
  const amount = integerParam(params, "amount");
  if (amount === undefined) {
    throw badParameter(
      "amount",
      "parameter_missing",
      "You must pass one of: amount, lines, or shipping_cost (of which only amount is imitated here).",
    );
  }
  return {
    amount,
    creditAmount: integerParam(params, "credit_amount"),
    refundAmount: integerParam(params, "refund_amount"),
    outOfBandAmount: integerParam(params, "out_of_band_amount"),
    memo: givenText(params, "memo"),
    metadata: metadataParam(params),
    reason: choiceParam(params, "reason", REASONS),
  };
}

const NOTE = { objectType: "credit_note", word: "credit_note" } as const;

export const CREDIT_NOTES: readonly Route[] = [
  write({
    ...NOTE,
    path: "/v1/credit_notes",
    kind: "create",
    params: PARAMS,
    handle(call) {
      const given = inputOf(call);
      return shown(call, createCreditNote(call.scene, named(call, "invoice", "invoice"), given));
    },
  }),
  write({
    ...NOTE,
    path: "/v1/credit_notes/{id}/void",
    kind: "update",
    params: [],
    handle(call) {
      const note = alive(call, "credit_note");
      voidCreditNote(call.scene, note);
      return shown(call, note);
    },
  }),
  {
    method: "GET",
    path: "/v1/credit_notes/preview",
    kind: "retrieve",
    objectType: "credit_note",
    permission: ["credit_note", "read"],
    params: PARAMS,
    // guess: of the note that would be, only what follows from the amounts.
    handle(call) {
      const given = inputOf(call);
      const billed = named(call, "invoice", "invoice");
      const { post, pre } = planCreditNote(billed, given);
      const { amount } = given;
      const part = { amount, subtotal: amount, total: amount, invoice: billed.id, currency: billed.currency };
      return { object: "credit_note", ...part, pre_payment_amount: pre, post_payment_amount: post };
    },
  },
];
