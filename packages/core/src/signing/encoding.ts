export type SignatureEncoding = "hex" | "base64";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61; // "="
const INVALID = 255;
const base64Values = table(BASE64);
const hexValues = table("0123456789abcdef");

/**
 * The bytes of a signature that is written in exactly one way, or undefined: lower-case hex, or standard base64 with its
 * padding and no stray bits. The platforms' own decoders skip what they do not know, so that one signature
 * would have many spellings, and duplicates joined by a comma would pass for one.
 */
export function decodeSignature(
  text: string,
  encoding: SignatureEncoding,
  length: number,
): Uint8Array | undefined {
  return encoding === "hex" ? decodeHex(text, length) : decodeBase64(text, length);
}

function decodeHex(text: string, length: number): Uint8Array | undefined {
  if (text.length !== length * 2) return undefined;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const high = valueAt(hexValues, text, at * 2);
    const low = valueAt(hexValues, text, at * 2 + 1);
    if (high === INVALID || low === INVALID) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

function decodeBase64(text: string, length: number): Uint8Array | undefined {
  const size = Math.ceil(length / 3) * 4;
  const significant = Math.ceil((length * 4) / 3);
  if (text.length !== size) return undefined;
  for (let at = significant; at < size; at++) if (text.charCodeAt(at) !== PADDING) return undefined;
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let filled = 0;
  for (let at = 0; at < significant; at++) {
    const value = valueAt(base64Values, text, at);
    if (value === INVALID) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[filled++] = held >> bits;
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

function valueAt(values: Uint8Array, text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? INVALID;
}

function table(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(INVALID);
  for (let at = 0; at < alphabet.length; at++) values[alphabet.charCodeAt(at)] = at;
  return values;
}
