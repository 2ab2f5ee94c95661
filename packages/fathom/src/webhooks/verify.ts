import {
  base64,
  ConfigurationError,
  decodeBytes,
  requireFresh,
  requireHeader,
  requireHmac,
  type SignedDelivery,
  secretList,
  sha256,
  VerificationError,
} from "@halo/core/signing";

/** One request from Fathom, as it came over the wire. `secret` is what creating the webhook answered: `whsec_…`. */
export type FathomDelivery = SignedDelivery;

// "Webhooks" in Fathom's developer documentation, read 2026-11-21: Standard Webhooks 1.0, delivered by Svix.
const ID = "webhook-id";
const TIMESTAMP = "webhook-timestamp";
const SIGNATURE = "webhook-signature";
const VERSION = "v1,";
const PREFIX = "whsec_";
/** One a secret that is being replaced: a longer list only makes us compare. */
const MOST_SIGNATURES = 8;
/** Decoding one costs a tenth of verifying 1 KB. Each webhook has its own, so those of a busy while are kept. */
const keys = /* @__PURE__ */ new Map<string, Uint8Array>();
const MOST_KEYS = 256;

/**
 * Returns for a genuine Fathom delivery and throws `webhook_unverified` for any other. Parses nothing. Throws
 * `configuration_invalid` for what the host has to mend: a secret that is empty or none of Fathom's, a parsed body.
 */
export function verifyFathomWebhook(delivery: FathomDelivery): void {
  requireGenuine(delivery);
}

/** As `verifyFathomWebhook`; what of the headers was signed, for who reads it next. */
export function requireGenuine(delivery: FathomDelivery): {
  readonly id: string;
  readonly timestamp: string;
} {
  const { body, headers, secret } = delivery;
  // Before anything of the delivery is read: a wrong secret is the host's to mend.
  const secrets = secretList(secret).map(keyOf);
  const id = requireHeader(headers, ID);
  const timestamp = requireHeader(headers, TIMESTAMP);
  const given = requireHeader(headers, SIGNATURE);
  // A dot would let an id and a timestamp be read in two ways.
  if (id === "" || id.includes(".")) throw new VerificationError("id_malformed");
  requireFresh(timestamp, delivery, 1_000);
  const signatures = given.split(" ", MOST_SIGNATURES + 1);
  if (signatures.length > MOST_SIGNATURES) throw new VerificationError("too_many_signatures");
  const known: string[] = [];
  for (const one of signatures) if (one.startsWith(VERSION)) known.push(one.slice(VERSION.length));
  if (known.length === 0) throw new VerificationError("version_refused");
  const parts = [`${id}.${timestamp}.`, body];
  requireHmac(known, { hash: sha256, encoding: base64, secret: secrets, parts });
  return { id, timestamp };
}

function keyOf(secret: string): Uint8Array {
  const known = keys.get(secret);
  if (known) return known;
  const key = secret.startsWith(PREFIX) ? decodeBytes(secret.slice(PREFIX.length)) : undefined;
  if (key === undefined || key.length === 0) {
    throw new ConfigurationError("Give the webhook's secret as Fathom wrote it: whsec_ and base64.", {
      option: "secret",
    });
  }
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(secret, key);
  return key;
}
