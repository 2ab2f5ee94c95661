import { createHmac } from "node:crypto";

export interface StripeSignInput {
  /** Of the endpoint, as the text that it is, `whsec_` included. Several while one is being replaced. */
  readonly secrets: readonly string[];
  /** The raw body. */
  readonly body: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  /** Test mode adds a `v0` that verifies nothing. */
  readonly v0?: boolean;
}

/** The header of a genuine delivery (vendors/stripe.md §4). */
export function signStripe({
  body,
  secrets,
  timestamp,
  v0 = false,
}: StripeSignInput): Record<string, string> {
  const mac = (secret: string) => createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const parts = [`t=${timestamp}`, ...secrets.map((secret) => `v1=${mac(secret)}`)];
  if (v0) parts.push(`v0=${mac("not a secret")}`);
  return { "stripe-signature": parts.join(",") };
}
