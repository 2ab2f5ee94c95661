import { mac } from "#mac";
import { ConfigurationError, VerificationError } from "../errors.ts";
import { decodeSignature, type SignatureEncoding } from "./encoding.ts";
import { DIGEST_BYTES, type HashAlgorithm, type MacParts } from "./mac.ts";
import { secretList } from "./secret.ts";

export interface ExpectedSignature {
  readonly algorithm: HashAlgorithm;
  readonly encoding: SignatureEncoding;
  readonly secret: string | readonly string[];
  /** What the vendor signed, in order. */
  readonly parts: MacParts;
}

/** Returns when `signature` is the HMAC of the parts under one of the secrets; throws `webhook_unverified` otherwise. */
export function requireHmac(signature: string, expected: ExpectedSignature): void {
  const { algorithm, encoding, secret, parts } = expected;
  const secrets = checked(secret, parts);
  const given = decoded(signature, encoding, algorithm);
  for (let at = 0; at < secrets.length; at++) {
    if (mac.same(mac.hmac(algorithm, secrets[at] as string, parts), given)) return;
  }
  throw new VerificationError("signature_mismatch");
}

/**
 * Returns when `signature` is the plain hash of one of the secrets followed by the parts; throws `webhook_unverified`
 * otherwise. Such a hash can be extended by anyone who saw one: require well-formed UTF-8 beside it (T06).
 */
export function requireSecretHash(signature: string, expected: ExpectedSignature): void {
  const { algorithm, encoding, secret, parts } = expected;
  const secrets = checked(secret, parts);
  const given = decoded(signature, encoding, algorithm);
  for (let at = 0; at < secrets.length; at++) {
    if (mac.same(mac.hash(algorithm, [secrets[at] as string, ...parts]), given)) return;
  }
  throw new VerificationError("signature_mismatch");
}

function checked(secret: string | readonly string[], parts: MacParts): readonly string[] {
  for (let at = 0; at < parts.length; at++) {
    const part: unknown = parts[at];
    if (typeof part !== "string" && !ArrayBuffer.isView(part)) throw parsedBody();
  }
  return secretList(secret);
}

function parsedBody(): ConfigurationError {
  return new ConfigurationError(
    "Give the body as it was received, a Uint8Array or a string: a parsed one cannot be verified. In Express mount express.raw({ type: '*/*' }) before any JSON parser on this route.",
    { option: "body" },
  );
}

function decoded(signature: string, encoding: SignatureEncoding, algorithm: HashAlgorithm): Uint8Array {
  const bytes = decodeSignature(signature, encoding, DIGEST_BYTES[algorithm]);
  if (bytes === undefined) throw new VerificationError("signature_malformed");
  return bytes;
}
