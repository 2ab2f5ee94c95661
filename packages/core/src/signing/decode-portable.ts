import type { SignatureEncoding } from "./encoding.ts";

/** What each character is worth, in bits, and the characters that are padded to. */
interface Alphabet {
  /** By character code; -1 for what is not in the alphabet. */
  readonly values: Int8Array;
  readonly bits: number;
  readonly group: number;
}

const alphabets: Readonly<Record<SignatureEncoding, Alphabet>> = {
  hex: { values: /* @__PURE__ */ valuesOf("0123456789abcdef"), bits: 4, group: 1 },
  base64: {
    values: /* @__PURE__ */ valuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    bits: 6,
    group: 4,
  },
};

export function decodePortably(text: string, encoding: SignatureEncoding): Uint8Array | undefined {
  const { values, bits, group } = alphabets[encoding];
  const end = text.indexOf("=");
  const length = Math.floor(((end === -1 ? text.length : end) * bits) / 8);
  const significant = Math.ceil((length * 8) / bits);
  const size = Math.ceil(significant / group) * group;
  if (text.length !== size || !text.endsWith("=".repeat(size - significant))) return undefined;
  const bytes = new Uint8Array(length);
  let held = 0;
  let heldBits = 0;
  let filled = 0;
  for (let at = 0; at < significant; at++) {
    const value = values[text.charCodeAt(at)] ?? -1;
    if (value < 0) return undefined;
    held = ((held << bits) | value) & 0xffff;
    heldBits += bits;
    if (heldBits < 8) continue;
    heldBits -= 8;
    bytes[filled++] = held >> heldBits;
  }
  // Bits that no byte takes are zero, or the same bytes could be written in several ways.
  return (held & ((1 << heldBits) - 1)) === 0 ? bytes : undefined;
}

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let at = 0; at < alphabet.length; at++) values[alphabet.charCodeAt(at)] = at;
  return values;
}
