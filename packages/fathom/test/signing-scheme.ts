import type { SigningScheme } from "@halo/core/testing";

/** Of the delivery that is signed. */
export const webhookId = "msg_2x2zwLOcWaRTzsLK8KtbQt1FTk9";

// Bytes that are no text: the key is what the base64 says.
const key = Buffer.from([0xff, 0xfe, 0x00, 0x61, 0x80, ...Buffer.from("fathom-test-key")]);

export const fathomSigning: SigningScheme = {
  secret: secretOf(key),
  otherSecret: secretOf(Buffer.from("another")),
  keyOf: (secret) => Buffer.from(secret.slice("whsec_".length), "base64"),
  covers: (body, time) => [`${webhookId}.${time}.`, body],
  encoding: "base64",
  version: "v1,",
  unitMs: 1_000,
  headers: (signature, time) => ({
    "webhook-id": webhookId,
    "webhook-timestamp": time,
    "webhook-signature": signature,
  }),
  lists: ["webhook-signature"],
};

export function secretOf(bytes: Buffer): string {
  return `whsec_${bytes.toString("base64")}`;
}
