import { isSame } from "#runtime";
import { ConfigurationError, VerificationError } from "../errors.ts";
import { decodeSignature, type SignatureEncoding } from "./encoding.ts";
import type { Hash, MacKey, MacParts } from "./runtime.ts";
import { secretList } from "./secret.ts";

export interface ExpectedSignature {
  readonly hash: Hash;
  readonly encoding: SignatureEncoding;
  /** Text as the vendor wrote it, or the bytes that it stands for; several while one is being rotated. */
  readonly secret: MacKey | readonly MacKey[];
  /** What the vendor signed, in order. */
  readonly parts: MacParts;
}

/**
 * Returns when the signature, or one of several, is the HMAC of the parts under one of the secrets; throws
 * `webhook_unverified` otherwise.
 */
export function requireHmac(signature: string | readonly string[], expected: ExpectedSignature): void {
  requireOneOf(signature, expected, (secret) => expected.hash.hmac(secret, expected.parts));
}

/**
 * Returns when `signature` is the plain hash of one of the secrets followed by the parts; throws `webhook_unverified`
 * otherwise. Such a hash can be extended by anyone who saw one: require well-formed UTF-8 beside it (T06).
 */
export function requireSecretHash(signature: string, expected: ExpectedSignature): void {
  requireOneOf(signature, expected, (secret) => expected.hash.hash([secret, ...expected.parts]));
}

function requireOneOf(
  signature: string | readonly string[],
  { encoding, hash, parts, secret }: ExpectedSignature,
  sign: (secret: MacKey) => Uint8Array,
): void {
  requireBytes(parts);
  const secrets = secretList(secret);
  const given: Uint8Array[] = [];
  for (const one of typeof signature === "string" ? [signature] : signature) {
    const bytes = decodeSignature(one, encoding, hash.bytes);
    if (bytes) given.push(bytes);
  }
  if (given.length === 0) throw new VerificationError("signature_malformed");
  for (const one of secrets) {
    const made = sign(one);
    for (const bytes of given) if (isSame(made, bytes)) return;
  }
  throw new VerificationError("signature_mismatch");
}

function requireBytes(parts: MacParts): void {
  for (const part of parts) {
    // Of a view over wider numbers nobody could say which bytes are meant.
    if (typeof part === "string" || (ArrayBuffer.isView(part) && part.BYTES_PER_ELEMENT === 1)) continue;
    throw new ConfigurationError(
      "Give the body as received, a Uint8Array or string, before anything parses it (Express: express.raw).",
      { option: "body" },
    );
  }
}
