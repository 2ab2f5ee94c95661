import { decode } from "#runtime";

/** How a vendor writes a signature. */
export type SignatureEncoding = "hex" | "base64";

/** Lower-case, as every vendor writes it. */
export const hex: SignatureEncoding = "hex";

/** The standard alphabet (RFC 4648 §4), with its padding. */
export const base64: SignatureEncoding = "base64";

/**
 * The `length` bytes of a signature that is written in the one right way, or undefined. The platforms' own decoders
 * skip what they do not know, so that one signature would have many spellings.
 */
export function decodeSignature(
  text: string,
  encoding: SignatureEncoding,
  length: number,
): Uint8Array | undefined {
  const bytes = decode(text, encoding);
  return bytes?.length === length ? bytes : undefined;
}

/** The bytes of a secret that is written in base64, standard alphabet and padding; undefined for any other text. */
export function decodeBytes(text: string): Uint8Array | undefined {
  return decode(text, base64);
}
