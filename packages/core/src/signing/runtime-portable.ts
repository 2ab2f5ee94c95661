// For runtimes without node:crypto. WebCrypto would make every verifier asynchronous.
import { decodePortably } from "./decode-portable.ts";
import type { SignatureEncoding } from "./encoding.ts";
import type { Hash, MacParts } from "./runtime.ts";
import { digestSha1, digestSha256 } from "./sha.ts";

const BLOCK_BYTES = 64;

export const sha1: Hash = /* @__PURE__ */ portableHash(digestSha1, 20);
export const sha256: Hash = /* @__PURE__ */ portableHash(digestSha256, 32);

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= (one[at] as number) ^ (other[at] ?? 0);
  return difference === 0;
}

export function decode(text: string, encoding: SignatureEncoding): Uint8Array | undefined {
  return decodePortably(text, encoding);
}

export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // ignoreBOM keeps the mark, so that it can be seen.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function portableHash(digest: (message: Uint8Array) => Uint8Array, bytes: number): Hash {
  return {
    bytes,
    hash: (parts) => digest(joined(parts)),
    // RFC 2104.
    hmac(secret, parts) {
      const key = new Uint8Array(BLOCK_BYTES);
      const given = joined([secret]);
      key.set(given.length > BLOCK_BYTES ? digest(given) : given);
      const inner = digest(joined([key.map((byte) => byte ^ 0x36), ...parts]));
      return digest(joined([key.map((byte) => byte ^ 0x5c), inner]));
    },
  };
}

function joined(parts: MacParts): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
