import { isSame } from "#runtime";
import { ConfigurationError, VerificationError } from "../errors.ts";
import { decodeSignature, type SignatureEncoding } from "./encoding.ts";
import type { Hash, MacParts } from "./runtime.ts";
import { secretList } from "./secret.ts";

export interface ExpectedSignature {
  readonly hash: Hash;
  readonly encoding: SignatureEncoding;
  readonly secret: string | readonly string[];
  /** What the vendor signed, in order. */
  readonly parts: MacParts;
}

/** Returns when `signature` is the HMAC of the parts under one of the secrets; throws `webhook_unverified` otherwise. */
export function requireHmac(signature: string, { hash, encoding, secret, parts }: ExpectedSignature): void {
  requireBytes(parts);
  const given = decode(signature, encoding, hash);
  for (const one of secretList(secret)) if (isSame(hash.hmac(one, parts), given)) return;
  throw new VerificationError("signature_mismatch");
}

/**
 * Returns when `signature` is the plain hash of one of the secrets followed by the parts; throws `webhook_unverified`
 * otherwise. Such a hash can be extended by anyone who saw one: require well-formed UTF-8 beside it (T06).
 */
export function requireSecretHash(
  signature: string,
  { hash, encoding, secret, parts }: ExpectedSignature,
): void {
  requireBytes(parts);
  const given = decode(signature, encoding, hash);
  for (const one of secretList(secret)) if (isSame(hash.hash([one, ...parts]), given)) return;
  throw new VerificationError("signature_mismatch");
}

function requireBytes(parts: MacParts): void {
  for (const part of parts) {
    if (typeof part === "string" || ArrayBuffer.isView(part)) continue;
    throw new ConfigurationError(
      "Give the body as received, a Uint8Array or a string, before anything parses it (Express: express.raw).",
      { option: "body" },
    );
  }
}

function decode(signature: string, encoding: SignatureEncoding, hash: Hash): Uint8Array {
  const bytes = decodeSignature(signature, encoding, hash.bytes);
  if (bytes === undefined) throw new VerificationError("signature_malformed");
  return bytes;
}
