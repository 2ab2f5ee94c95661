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
  /** The MAC's key for a secret, where the secret is not used as the text that it is. */
  readonly key?: (secret: string) => Uint8Array;
}

/** Returns when `signature` is the HMAC of the parts under one of the secrets; throws `webhook_unverified` otherwise. */
export function requireHmac(signature: string, expected: ExpectedSignature): void {
  requireOneOf([signature], expected, (secret) =>
    expected.hash.hmac(keyOf(secret, expected), expected.parts),
  );
}

/** As `requireHmac`, where the vendor sends several signatures and one that is right is enough. */
export function requireHmacAmong(signatures: readonly string[], expected: ExpectedSignature): void {
  requireOneOf(signatures, expected, (secret) => expected.hash.hmac(keyOf(secret, expected), expected.parts));
}

const keyOf = (secret: string, { key }: ExpectedSignature): string | Uint8Array => key?.(secret) ?? secret;

/**
 * Returns when `signature` is the plain hash of one of the secrets followed by the parts; throws `webhook_unverified`
 * otherwise. Such a hash can be extended by anyone who saw one: require well-formed UTF-8 beside it (T06).
 */
export function requireSecretHash(signature: string, expected: ExpectedSignature): void {
  requireOneOf([signature], expected, (secret) => expected.hash.hash([secret, ...expected.parts]));
}

function requireOneOf(
  signatures: readonly string[],
  { hash, encoding, secret, parts }: ExpectedSignature,
  sign: (secret: string) => Uint8Array,
): void {
  requireBytes(parts);
  const given = signatures
    .map((signature) => decodeSignature(signature, encoding, hash.bytes))
    .filter((bytes) => bytes !== undefined);
  const secrets = secretList(secret);
  if (given.length === 0) throw new VerificationError("signature_malformed");
  for (const one of secrets) {
    const made = sign(one);
    if (given.some((bytes) => isSame(made, bytes))) return;
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
