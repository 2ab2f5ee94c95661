import { createHmac } from "node:crypto";

export interface SlackSignInput {
  /** The app's signing secret, as the text that it is. */
  readonly secret: string;
  /** The raw body. */
  readonly body: string;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** The headers of a genuine delivery (vendors/slack.md §4, signature v0). */
export function signSlack({ secret, body, timestamp }: SlackSignInput): Record<string, string> {
  const mac = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return { "x-slack-request-timestamp": String(timestamp), "x-slack-signature": `v0=${mac}` };
}
