import type { HashAlgorithm, Mac, MacParts } from "./mac.ts";
import { sha1, sha256 } from "./sha.ts";

const BLOCK_BYTES = 64;

/** The MAC for runtimes without node:crypto. WebCrypto would make every verifier asynchronous. */
export const mac: Mac = {
  // RFC 2104.
  hmac(algorithm, secret, parts) {
    const key = new Uint8Array(BLOCK_BYTES);
    const given = new TextEncoder().encode(secret);
    key.set(given.length > BLOCK_BYTES ? digest(algorithm, given) : given);
    const inner = digest(algorithm, joined([key.map((byte) => byte ^ 0x36), ...parts]));
    return digest(algorithm, joined([key.map((byte) => byte ^ 0x5c), inner]));
  },
  hash(algorithm, parts) {
    return digest(algorithm, joined(parts));
  },
  same(one, other) {
    let difference = one.length ^ other.length;
    for (let at = 0; at < one.length; at++) difference |= (one[at] as number) ^ (other[at] ?? 0);
    return difference === 0;
  },
};

function digest(algorithm: HashAlgorithm, message: Uint8Array): Uint8Array {
  return algorithm === "sha1" ? sha1(message) : sha256(message);
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
