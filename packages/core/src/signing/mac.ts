export type HashAlgorithm = "sha1" | "sha256";

/** Bytes that are hashed one after another; strings as UTF-8. */
export type MacParts = readonly (string | Uint8Array)[];

/**
 * What a runtime must bring. Two files fulfil it, chosen by the import condition `#mac` (package.json): node:crypto
 * where there is one, plain TypeScript elsewhere. Both pass the same vectors.
 */
export interface Mac {
  hmac(algorithm: HashAlgorithm, secret: string, parts: MacParts): Uint8Array;
  hash(algorithm: HashAlgorithm, parts: MacParts): Uint8Array;
  /** Compares two arrays of one length without stopping at the first difference. */
  same(one: Uint8Array, other: Uint8Array): boolean;
}

export const DIGEST_BYTES: Readonly<Record<HashAlgorithm, number>> = { sha1: 20, sha256: 32 };
