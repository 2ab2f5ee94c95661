import type { SigningScheme } from "@halo/core/testing";

export const url = "https://app.example.org/hooks/hubspot?a=b";

/** v3; the older versions sign no time. */
export const hubspotSigning: SigningScheme = {
  secret: "3f1c9a52-7d0e-4c7b-9a8e-5b2f6d1e0c44",
  otherSecret: "00000000-7d0e-4c7b-9a8e-5b2f6d1e0c44",
  covers: (body, time) => [`POST${url}`, body, time],
  encoding: "base64",
  version: "",
  unitMs: 1,
  headers: (signature, time) => ({
    "X-HubSpot-Signature-v3": signature,
    "X-HubSpot-Request-Timestamp": time,
  }),
  url,
};
