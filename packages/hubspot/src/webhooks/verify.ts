import {
  base64,
  ConfigurationError,
  hex,
  isPlainText,
  readHeader,
  requireFresh,
  requireHeader,
  requireHmac,
  requireSecretHash,
  type SignedDelivery,
  secretList,
  sha256,
  VerificationError,
} from "@halo/core/signing";

export type HubSpotSignatureVersion = "v1" | "v2" | "v3";

/** One request from HubSpot, as it came over the wire. v2 and v3 sign the `url` too, so they need it. */
export interface HubSpotDelivery extends SignedDelivery {
  /**
   * The signature versions to accept; `["v3"]` if not given. v1 and v2 carry no timestamp: a recorded delivery could be sent
   * again for ever, so accept them only from what HubSpot signs in no other way.
   */
  readonly versions?: readonly HubSpotSignatureVersion[];
}

// Header names and sources of each version: "Validate requests" in HubSpot's developer documentation, read 2026-11-21.
const SIGNATURE_V3 = "x-hubspot-signature-v3";
const TIMESTAMP = "x-hubspot-request-timestamp";
const SIGNATURE = "x-hubspot-signature";
const VERSION = "x-hubspot-signature-version";
const NEWEST: readonly HubSpotSignatureVersion[] = ["v3"];
const KNOWN = /^v[123]$/;
const ABSOLUTE = /^https?:\/\//;

/**
 * Returns for a genuine HubSpot delivery and throws `webhook_unverified` for any other. Parses nothing. Throws
 * `configuration_invalid` for what the host has to mend: an empty secret, a parsed body, a URL without its host.
 */
export function verifyHubSpotWebhook(delivery: HubSpotDelivery): void {
  const { headers, versions = NEWEST } = delivery;
  secretList(delivery.secret);
  if (versions !== NEWEST) requireVersions(versions);
  // HubSpot sends v1 and v3 together. Where v3 is there it alone decides, or a forger would choose the weaker one.
  const v3 = versions.includes("v3");
  const signature = v3 ? readHeader(headers, SIGNATURE_V3) : undefined;
  const timestamp = v3 ? readHeader(headers, TIMESTAMP) : undefined;
  if (signature !== undefined || timestamp !== undefined) verifyV3(delivery, signature, timestamp);
  else verifyUntimed(delivery, versions);
}

function verifyV3(
  delivery: HubSpotDelivery,
  signature: string | undefined,
  timestamp: string | undefined,
): void {
  if (signature === undefined || timestamp === undefined) throw new VerificationError("header_missing");
  requireFresh(timestamp, delivery, 1);
  const { method = "POST", body, secret } = delivery;
  const parts = [method + decodeUrl(requireUrl(delivery)), body, timestamp];
  requireHmac(signature, { hash: sha256, encoding: base64, secret, parts });
}

function verifyUntimed(delivery: HubSpotDelivery, versions: readonly HubSpotSignatureVersion[]): void {
  const { headers, method = "POST", body, secret } = delivery;
  const signature = requireHeader(headers, SIGNATURE);
  const version = requireHeader(headers, VERSION);
  if (version === "v3" || !versions.some((accepted) => accepted === version)) {
    throw new VerificationError("version_refused");
  }
  const parts = version === "v1" ? [body] : [method + requireUrl(delivery), body];
  requireSecretHash(signature, { hash: sha256, encoding: hex, secret, parts });
  // Whoever saw a plain hash can lengthen its message, but only across SHA-256's padding, whose first byte (0x80) can't
  // follow whole characters in UTF-8.
  if (!isPlainText(body)) throw new VerificationError("body_not_utf8");
}

function requireVersions(versions: readonly HubSpotSignatureVersion[]): void {
  if (versions.length > 0 && versions.every((version) => KNOWN.test(version))) return;
  throw new ConfigurationError("Give `versions` as a list: v1, v2, v3.", {
    option: "versions",
  });
}

function requireUrl({ url }: HubSpotDelivery): string {
  if (url && ABSOLUTE.test(url)) return url;
  throw new ConfigurationError("Give the absolute `url` that HubSpot calls, query included.", {
    option: "url",
  });
}

// What v3 signs in decoded form, and nothing else: "Validate requests", read 2026-11-21. v2 signs the URL as it is.
// guess: only as written there, with capital hexadecimal digits.
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/g;

function decodeUrl(url: string): string {
  return url.includes("%") ? url.replace(DECODED, decodeURIComponent) : url;
}
