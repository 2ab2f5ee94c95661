import * as z from "zod";

/** For the person who decides; it stays with the proposal and is not sent to Stripe. */
export const Why = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .optional()
  .describe("Why, in a sentence, for the person who decides. It is not sent to the customer.");
