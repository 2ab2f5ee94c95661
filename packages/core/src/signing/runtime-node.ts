import { Buffer, isUtf8 } from "node:buffer";
import type * as NodeCrypto from "node:crypto";
import type { SignatureEncoding } from "./encoding.ts";
import type { Hash, MacParts } from "./runtime.ts";

export const sha1: Hash = /* @__PURE__ */ nodeHash("sha1", 20);
export const sha256: Hash = /* @__PURE__ */ nodeHash("sha256", 32);

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return crypto().timingSafeEqual(one, other);
}

export function decode(text: string, encoding: SignatureEncoding): Uint8Array | undefined {
  const bytes = Buffer.from(text, encoding);
  // It skips what it does not know: only what would be written the same is right.
  return bytes.toString(encoding) === text ? bytes : undefined;
}

/**
 * A third of the time of a fatal TextDecoder, which leaves the fast path at the first character beyond ASCII. Decoding puts
 * U+FFFD for whatever is malformed: only of a text that holds one the bytes are looked at again.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString();
  return text.includes("\ufffd") && !isUtf8(buffer) ? undefined : text;
}

function nodeHash(name: string, bytes: number): Hash {
  return {
    bytes,
    hash: (parts) => digest(crypto().createHash(name), parts),
    hmac: (secret, parts) =>
      directHmac(name, bytes, secret, parts) ?? digest(crypto().createHmac(name, secret), parts),
  };
}

// One character a byte: digest() without it makes its Buffer natively, which costs 0.4 of 3.2 µs (1 KB, Node 24).
const LATIN1 = "latin1" as NodeCrypto.BinaryToTextEncoding & "latin1";
const BLOCK_BYTES = 64;
// The outer block and the inner hash behind it, then the inner block and the message.
const INNER_AT = 128;
const MOST_BYTES = 16_384;
let room: Buffer | undefined;

/**
 * RFC 2104 by plain hashes, in one place that is used again. What fits there is hashed by calls that make no object: half
 * the time of createHmac for 1 KB (Node 24). A part whose copying would cost more than that saves is hashed where it is:
 * a thirtieth less for 64 KB. Undefined for a key longer than a block, and where there is no crypto.hash.
 */
function directHmac(
  name: string,
  bytes: number,
  secret: string | Uint8Array,
  parts: MacParts,
): Uint8Array | undefined {
  const { createHash, hash } = crypto();
  // A UTF-16 unit is three bytes of UTF-8 at most.
  if (!hash || secret.length * 3 > MOST_BYTES - INNER_AT) return undefined;
  room ??= Buffer.alloc(MOST_BYTES);
  let keyBytes = secret.length;
  if (typeof secret === "string") keyBytes = room.write(secret, INNER_AT);
  else room.set(secret, INNER_AT);
  if (keyBytes > BLOCK_BYTES) return undefined;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    const byte = at < keyBytes ? (room[INNER_AT + at] as number) : 0;
    room[at] = byte ^ 0x5c;
    room[INNER_AT + at] = byte ^ 0x36;
  }
  let end = INNER_AT + BLOCK_BYTES;
  let state: NodeCrypto.Hash | undefined;
  for (const part of parts) {
    if (end + part.length * 3 > MOST_BYTES) {
      state ??= createHash(name);
      state.update(room.subarray(INNER_AT, end)).update(part);
      end = INNER_AT;
    } else if (typeof part === "string") end += room.write(part, end);
    else {
      room.set(part, end);
      end += part.length;
    }
  }
  const rest = room.subarray(INNER_AT, end);
  room.write(state ? state.update(rest).digest(LATIN1) : hash(name, rest, LATIN1), BLOCK_BYTES, LATIN1);
  return Buffer.from(hash(name, room.subarray(0, BLOCK_BYTES + bytes), LATIN1), LATIN1);
}

let loaded: typeof NodeCrypto | undefined;

/** Loaded for the first delivery: importing it would add 6 ms to every start of the host (Node 24, P13). */
function crypto(): typeof NodeCrypto {
  loaded ??= process.getBuiltinModule("node:crypto");
  return loaded;
}

function digest(state: NodeCrypto.Hash | NodeCrypto.Hmac, parts: MacParts): Uint8Array {
  for (const part of parts) state.update(part);
  return Buffer.from(state.digest(LATIN1), LATIN1);
}
