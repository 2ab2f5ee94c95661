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

/** One request from Slack, as it came over the wire: an event, a handshake or a click. `secret` is the signing secret. */
export type SlackDelivery = SignedDelivery;

// Header names and what is signed: "Verifying requests from Slack" in Slack's developer documentation, read 2026-11-21.
const SIGNATURE = "x-slack-signature";
const TIMESTAMP = "x-slack-request-timestamp";
const VERSION = "v0";

/**
 * Returns for a genuine Slack delivery and throws `webhook_unverified` for any other. Parses nothing. Throws
 * `configuration_invalid` for what the host has to mend: an empty secret, a parsed body.
 */
export function verifySlackWebhook(delivery: SlackDelivery): void {
  const { body, headers, secret } = delivery;
  secretList(secret);
  const signature = requireHeader(headers, SIGNATURE);
  const timestamp = requireHeader(headers, TIMESTAMP);
  requireFresh(timestamp, delivery, 1_000);
  if (!signature.startsWith(`${VERSION}=`)) throw new VerificationError("version_refused");
  const parts = [`${VERSION}:${timestamp}:`, body];
  requireHmac(signature.slice(VERSION.length + 1), { hash: sha256, encoding: hex, secret, parts });
}
