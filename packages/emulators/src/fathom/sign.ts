import { createHmac } from "node:crypto";

export interface FathomSignInput {
  /** `whsec_` and base64. */
  readonly secret: string;
  /** As it goes over the wire. */
  readonly body: string;
  readonly messageId: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** The headers of a delivery, as of Standard Webhooks (vendors/fathom.md, Webhooks). */
export function signFathom({ body, messageId, secret, timestamp }: FathomSignInput): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${messageId}.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": messageId,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
}
