import type { SignatureEncoding } from "./encoding.ts";

/** Bytes that are hashed one after another; strings as UTF-8. */
export type MacParts = readonly (string | Uint8Array)[];

/** Text stands for its UTF-8. */
export type MacKey = string | Uint8Array;

/** A hash function and its HMAC. Each stands alone, so that a bundle holds only the ones its verifier names. */
export interface Hash {
  readonly bytes: number;
  hash(parts: MacParts): Uint8Array;
  hmac(secret: MacKey, parts: MacParts): Uint8Array;
}

/**
 * What a runtime must bring. Two files fulfil it, chosen by the import condition `#runtime` (package.json): node:crypto
 * where there is one, plain TypeScript elsewhere. Both pass the same vectors.
 */
export interface RuntimeModule {
  readonly sha1: Hash;
  readonly sha256: Hash;
  /** Compares two arrays of one length without stopping at the first difference. */
  isSame(one: Uint8Array, other: Uint8Array): boolean;
  /** The bytes of a text that is written in the one right way; undefined for any other. */
  decode(text: string, encoding: SignatureEncoding): Uint8Array | undefined;
  /** The text of well-formed UTF-8, a byte order mark included; undefined for any other bytes. */
  decodeUtf8(bytes: Uint8Array): string | undefined;
}
