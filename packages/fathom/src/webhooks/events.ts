import { defineWebhook, defineWebhooks, type Json } from "@halo/core";
import type { FathomEvent } from "./event.ts";
import { receiveFathomWebhook } from "./receive.ts";
import { register, unregister } from "./register.ts";

/** Fathom has one event and no name for it. */
const CONTENT_READY = "meeting.content_ready";

/** It brings the meeting whole; it is sent once, when the summary is ready. */
const ready = defineWebhook<FathomEvent>({
  events: [CONTENT_READY],
  changes: ({ meeting }) => [{ stream: "meetings", record: meeting }],
});

/** What Fathom's event touches. Each connection has a webhook of its own, with a secret of its own. */
export const webhooks = defineWebhooks<FathomEvent>({
  receive: receiveFathomWebhook,
  type: () => CONTENT_READY,
  // Whose key it belongs to, only the path tells.
  account: () => undefined,
  key: ({ id }) => id,
  occurredAt: ({ timestamp }) => new Date(timestamp * 1_000),
  payload: (event) => event as unknown as Json,
  parse: (payload) => payload as unknown as FathomEvent,
  definitions: [ready],
  register,
  unregister,
  instructions: (url) =>
    [
      "Open https://fathom.video/customize, and there API access, Webhooks. Add a webhook with the destination URL",
      url,
      "for your own recordings and those shared with you, with transcript, summary and action items. Copy its secret,",
      "which begins with whsec_, and give it to the connection as its webhook secret.",
    ].join("\n"),
});
