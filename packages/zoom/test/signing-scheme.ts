import type { SigningScheme } from "@halo/core/testing";

export const zoomSigning: SigningScheme = {
  secret: "5d8e0f7a1b2c4d3e9f60718293a4b5c6",
  otherSecret: "00112233445566778899aabbccddeeff",
  covers: (body, time) => [`v0:${time}:`, body],
  encoding: "hex",
  version: "v0=",
  unitMs: 1_000,
  headers: (signature, time) => ({ "X-Zm-Signature": signature, "X-Zm-Request-Timestamp": time }),
};
