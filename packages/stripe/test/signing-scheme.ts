import type { SigningScheme } from "@halo/core/testing";

export const stripeSigning: SigningScheme = {
  secret: "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6",
  otherSecret: "whsec_00112233445566778899aabbccddeeff",
  covers: (body, time) => [`${time}.`, body],
  encoding: "hex",
  version: "v1=",
  unitMs: 1_000,
  headers: (signature, time) => ({ "Stripe-Signature": `t=${time},${signature}` }),
};
