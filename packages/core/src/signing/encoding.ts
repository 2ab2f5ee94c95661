/** How a vendor writes a signature: what each character is worth, in bits, and the characters that are padded to. */
export interface SignatureEncoding {
  /** By character code; -1 for what is not in the alphabet. */
  readonly values: Int8Array;
  readonly bits: number;
  readonly group: number;
}

/** Lower-case, as every vendor writes it. */
export const hex: SignatureEncoding = {
  values: /* @__PURE__ */ valuesOf("0123456789abcdef"),
  bits: 4,
  group: 1,
};

/** The standard alphabet (RFC 4648 §4), with its padding. */
export const base64: SignatureEncoding = {
  values: /* @__PURE__ */ valuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
  bits: 6,
  group: 4,
};

/**
 * The `length` bytes of a signature that is written in the one right way, or undefined. The platforms' own decoders
 * skip what they do not know, so that one signature would have many spellings.
 */
export function decodeSignature(
  text: string,
  { values, bits, group }: SignatureEncoding,
  length: number,
): Uint8Array | undefined {
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
