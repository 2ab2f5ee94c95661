import type { SigningScheme } from "@halo/core/testing";

export const slackSigning: SigningScheme = {
  secret: "5d8e0f7a1b2c4d3e9f60718293a4b5c6",
  otherSecret: "00112233445566778899aabbccddeeff",
  covers: (body, time) => [`v0:${time}:`, body],
  encoding: "hex",
  version: "v0=",
  unitMs: 1_000,
  headers: (signature, time) => ({ "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": time }),
};
