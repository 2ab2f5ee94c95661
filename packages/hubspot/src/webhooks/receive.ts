import { parseJsonBody } from "@halo/core/signing";
import { type HubSpotEvent, requireEvents } from "./event.ts";
import { type HubSpotDelivery, verifyHubSpotWebhook } from "./verify.ts";

/**
 * The events of a genuine HubSpot delivery; nothing of any other is parsed. Throws `webhook_unverified` (answer 401) as
 * `verifyHubSpotWebhook` does, and `input_invalid` (answer 400) for a genuine body that is not a list of events.
 *
 * @example
 * const events = receiveHubSpotWebhook({ method, url, headers, body, secret: clientSecret });
 * for (const event of events) console.log(event.subscriptionType, event.objectId);
 */
export function receiveHubSpotWebhook(delivery: HubSpotDelivery): HubSpotEvent[] {
  verifyHubSpotWebhook(delivery);
  return requireEvents(parseJsonBody(delivery.body));
}
