import { createHash, createHmac } from "node:crypto";

export type SignatureVersion = "v1" | "v2" | "v3";

export interface SignInput {
  readonly version: SignatureVersion;
  /** The app's client secret. */
  readonly secret: string;
  readonly method: string;
  /** The full address that is called, as it stands in the request. */
  readonly url: string;
  /** The raw body; empty for none. */
  readonly body: string;
  /** Epoch ms; only v3 signs it. */
  readonly timestamp: number;
}

/** v3 decodes these and nothing else before signing (vendors/hubspot.md §4). */
const DECODED: Readonly<Record<string, string>> = {
  "%3A": ":",
  "%2F": "/",
  "%3F": "?",
  "%40": "@",
  "%21": "!",
  "%24": "$",
  "%27": "'",
  "%28": "(",
  "%29": ")",
  "%2A": "*",
  "%2C": ",",
  "%3B": ";",
};

/** The address as v3 signs it. */
export const decodeForV3 = (url: string): string =>
  url.replace(/%[0-9a-f]{2}/gi, (code) => DECODED[code.toUpperCase()] ?? code);

/** The headers of a genuine delivery. */
export function signHubSpot({
  version,
  secret,
  method,
  url,
  body,
  timestamp,
}: SignInput): Record<string, string> {
  switch (version) {
    case "v1":
      return plain("v1", secret + body);
    case "v2":
      return plain("v2", secret + method + url + body);
    case "v3":
      return {
        "x-hubspot-signature-v3": createHmac("sha256", secret)
          .update(method + decodeForV3(url) + body + timestamp)
          .digest("base64"),
        "x-hubspot-request-timestamp": String(timestamp),
      };
  }
}

const plain = (version: string, source: string) => ({
  "x-hubspot-signature": createHash("sha256").update(source).digest("hex"),
  "x-hubspot-signature-version": version,
});
