import * as z from "zod";

/** A customer, as far as it is read; the whole stays in `raw`. */
export const Customer = z.object({
  id: z.string().min(1),
  object: z.literal("customer"),
  created: z.number(),
  livemode: z.boolean(),
  email: z.string().nullish(),
  name: z.string().nullish(),
  phone: z.string().nullish(),
  description: z.string().nullish(),
  currency: z.string().nullish(),
  /** Below zero: a credit on the next invoice. */
  balance: z.number().nullish(),
  delinquent: z.boolean().nullish(),
  address: z.object({ city: z.string().nullish(), country: z.string().nullish() }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  test_clock: z.unknown(),
});

export type Customer = z.infer<typeof Customer>;
