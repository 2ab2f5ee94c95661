import * as z from "zod";
import { Reference, Seconds } from "./object.ts";

/** An invoice, as far as it is read; the whole, with all of its lines, stays in `raw`. */
export const Invoice = z.object({
  id: z.string().min(1),
  object: z.literal("invoice"),
  created: z.number(),
  livemode: z.boolean(),
  number: z.string().nullish(),
  status: z.string().nullish(),
  customer: Reference,
  customer_email: z.string().nullish(),
  parent: z.object({ subscription_details: z.object({ subscription: Reference }).nullish() }).nullish(),
  currency: z.string(),
  amount_due: z.number().nullish(),
  amount_paid: z.number().nullish(),
  amount_remaining: z.number().nullish(),
  subtotal: z.number().nullish(),
  total: z.number().nullish(),
  collection_method: z.string().nullish(),
  billing_reason: z.string().nullish(),
  due_date: Seconds,
  period_start: Seconds,
  period_end: Seconds,
  attempt_count: z.number().nullish(),
  next_payment_attempt: Seconds,
  status_transitions: z.object({ finalized_at: Seconds, paid_at: Seconds, voided_at: Seconds }).nullish(),
  hosted_invoice_url: z.string().nullish(),
});

export type Invoice = z.infer<typeof Invoice>;
