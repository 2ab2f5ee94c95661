import * as z from "zod";
import { Reference, Seconds } from "./object.ts";

const common = {
  id: z.string().min(1),
  created: z.number(),
  amount: z.number(),
  currency: z.string(),
  status: z.string().nullish(),
  customer: Reference,
};

const PaymentIntent = z.object({
  ...common,
  object: z.literal("payment_intent"),
  amount_received: z.number().nullish(),
  latest_charge: Reference,
  last_payment_error: z.object({ code: z.string().nullish(), decline_code: z.string().nullish() }).nullish(),
  canceled_at: Seconds,
  description: z.string().nullish(),
});

const Charge = z.object({
  ...common,
  object: z.literal("charge"),
  livemode: z.boolean().nullish(),
  amount_captured: z.number().nullish(),
  amount_refunded: z.number().nullish(),
  payment_intent: Reference,
  paid: z.boolean().nullish(),
  captured: z.boolean().nullish(),
  refunded: z.boolean().nullish(),
  disputed: z.boolean().nullish(),
  failure_code: z.string().nullish(),
  description: z.string().nullish(),
  receipt_url: z.string().nullish(),
});

const Refund = z.object({
  ...common,
  object: z.literal("refund"),
  charge: Reference,
  payment_intent: Reference,
  reason: z.string().nullish(),
  failure_reason: z.string().nullish(),
});

/** Money that moved or was to move, as far as it is read; the whole stays in `raw`. */
export const Payment = z.discriminatedUnion("object", [PaymentIntent, Charge, Refund]);

export type Payment = z.infer<typeof Payment>;
export type Charge = z.infer<typeof Charge>;
