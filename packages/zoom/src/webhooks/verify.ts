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

/** One request from Zoom, as it came over the wire. `secret` is the app's webhook secret token. */
export type ZoomDelivery = SignedDelivery;

// Header names and what is signed: "Using webhooks" in Zoom's developer documentation, read 2026-11-21. Zoom prescribes
// no replay window: five minutes are ours.
const SIGNATURE = "x-zm-signature";
const TIMESTAMP = "x-zm-request-timestamp";
const VERSION = "v0";

/**
 * Returns for a genuine Zoom delivery and throws `webhook_unverified` for any other. Parses nothing. Throws
 * `configuration_invalid` for what the host has to mend: an empty secret, a parsed body.
 */
export function verifyZoomWebhook(delivery: ZoomDelivery): void {
  const { body, headers, secret } = delivery;
  secretList(secret);
  const signature = requireHeader(headers, SIGNATURE);
  const timestamp = requireHeader(headers, TIMESTAMP);
  requireFresh(timestamp, delivery, 1_000);
  if (!signature.startsWith(`${VERSION}=`)) throw new VerificationError("version_refused");
  const parts = [`${VERSION}:${timestamp}:`, body];
  requireHmac(signature.slice(VERSION.length + 1), { hash: sha256, encoding: hex, secret, parts });
}
