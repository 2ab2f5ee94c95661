import { createHmac } from "node:crypto";

export interface ZoomSignInput {
  /** The app's webhook Secret Token. */
  readonly secret: string;
  /** As it goes over the wire. */
  readonly body: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** The headers of a delivery: `v0:{timestamp}:{body}` (vendors/zoom.md, Webhooks). */
export function signZoom({ body, secret, timestamp }: ZoomSignInput): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return { "x-zm-request-timestamp": String(timestamp), "x-zm-signature": `v0=${signature}` };
}

/** What a receiver gives back for `endpoint.url_validation`. */
export const encryptToken = (secret: string, plainToken: string): string =>
  createHmac("sha256", secret).update(plainToken).digest("hex");
