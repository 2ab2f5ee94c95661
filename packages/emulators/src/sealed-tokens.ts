import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Tokens carry their own meaning, signed with the app's secret. A restarted emulator with the same seed therefore
 * still knows what it gave out; only what was revoked is remembered, and forgotten with the process.
 */
export interface SealedTokens {
  /** The number of the token made last. */
  readonly serial: number;
  seal(prefix: string, content: object): string;
  /** What a token with one of these prefixes says, and its number; undefined for any that was not made here. */
  open<Content>(prefixes: readonly string[], token: string): (Content & { readonly n: number }) | undefined;
}

export function sealedTokens(secret: string): SealedTokens {
  let serial = 0;
  const sign = (text: string) => createHmac("sha256", secret).update(text).digest("hex").slice(0, 24);
  return {
    get serial() {
      return serial;
    },
    seal(prefix, content) {
      const text = Buffer.from(JSON.stringify({ ...content, n: ++serial })).toString("base64url");
      return `${prefix}${text}-${sign(prefix + text)}`;
    },
    open(prefixes, token) {
      const prefix = prefixes.find((one) => token.startsWith(one));
      if (prefix === undefined) return undefined;
      const at = token.lastIndexOf("-");
      const [text, mac] = [token.slice(prefix.length, at), token.slice(at + 1)];
      const expected = sign(prefix + text);
      if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected)))
        return undefined;
      return JSON.parse(Buffer.from(text, "base64url").toString());
    },
  };
}
