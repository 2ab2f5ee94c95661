import * as z from "zod";

/** An id, or the object itself where it was expanded. */
export const Reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish()
  .catch(undefined);

/** Epoch seconds. */
export const Seconds = z.number().nullish();

export const when = (seconds: number | null | undefined): Date | null =>
  typeof seconds === "number" ? new Date(seconds * 1_000) : null;

/** Whom it belongs to: the customer's record, and whoever that one is about. */
export const ofCustomer = (customer: string | null | undefined) =>
  customer
    ? [{ kind: "end_user", ref: { stream: "customers", key: customer }, reason: "customer" } as const]
    : [];
