import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Hash, MacParts } from "./mac.ts";

export const sha1: Hash = /* @__PURE__ */ nodeHash("sha1", 20);
export const sha256: Hash = /* @__PURE__ */ nodeHash("sha256", 32);
export const isSame: (one: Uint8Array, other: Uint8Array) => boolean = timingSafeEqual;

function nodeHash(name: string, bytes: number): Hash {
  return {
    bytes,
    hash: (parts) => digest(createHash(name), parts),
    // A fresh state for each request: copying a keyed one measured slower (PERFORMANCE §1).
    hmac: (secret, parts) => digest(createHmac(name, secret), parts),
  };
}

interface State {
  update(part: string | Uint8Array): unknown;
  digest(): Uint8Array;
}

function digest(state: State, parts: MacParts): Uint8Array {
  for (const part of parts) state.update(part);
  return state.digest();
}
