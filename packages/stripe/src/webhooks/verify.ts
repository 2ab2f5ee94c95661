import {
  hex,
  requireFresh,
  requireHeader,
  requireHmac,
  type SignedDelivery,
  secretList,
  sha256,
  VerificationError,
} from "@halo/core/signing";

/** One request from Stripe, as it came over the wire. `secret` is the endpoint's, `whsec_` included. */
export type StripeDelivery = SignedDelivery;

// Header and what is signed: "Resolve webhook signature verification errors" and "Verify manually" in Stripe's
// documentation, and the npm package's Webhooks.js (23.1.0), read 2026-11-21.
const SIGNATURE = "stripe-signature";

// guess: one signature for each secret that holds, and two hold while one is rolled; more are somebody's experiment.
const MAX_SIGNATURES = 16;

/**
 * Returns for a genuine Stripe delivery and throws `webhook_unverified` for any other. Parses nothing. Throws
 * `configuration_invalid` for what the host has to mend: an empty secret, a parsed body. Signatures of other schemes
 * (`v0`, which Stripe sends to try us) count for nothing.
 */
export function verifyStripeWebhook(delivery: StripeDelivery): void {
  const { body, headers, secret } = delivery;
  secretList(secret);
  const { timestamp, signatures } = elementsOf(requireHeader(headers, SIGNATURE));
  requireFresh(timestamp, delivery, 1_000);
  requireHmac(signatures, { hash: sha256, encoding: hex, secret, parts: [`${timestamp}.`, body] });
}

/** `t=1795219198,v1=…,v1=…,v0=…`: element by element, nothing trimmed. */
function elementsOf(header: string): { readonly timestamp: string; readonly signatures: readonly string[] } {
  // Stripe writes none; who joins two headers does.
  if (header.includes(" ")) throw new VerificationError("header_malformed");
  let timestamp: string | undefined;
  const signatures: string[] = [];
  for (const element of header.split(",")) {
    if (element.startsWith("v1=")) signatures.push(element.slice(3));
    else if (element.startsWith("t=")) {
      // Two readers could pick different ones (T05).
      if (timestamp !== undefined) throw new VerificationError("timestamp_duplicate");
      timestamp = element.slice(2);
    }
  }
  if (timestamp === undefined) throw new VerificationError("timestamp_missing");
  if (signatures.length === 0) throw new VerificationError("version_refused");
  if (signatures.length > MAX_SIGNATURES) throw new VerificationError("signature_malformed");
  return { timestamp, signatures };
}
