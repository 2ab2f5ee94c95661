import { parseJsonBody } from "@halo/core/signing";
import { type FathomEvent, requireMeeting } from "./event.ts";
import { type FathomDelivery, requireGenuine } from "./verify.ts";

/**
 * What a genuine Fathom delivery says: a meeting whose recording can be read, with the parts that the webhook was created
 * with. Throws `webhook_unverified` (answer 401) as `verifyFathomWebhook` does, and `input_invalid` (answer 400) for a
 * genuine body that is none of Fathom's.
 *
 * @example
 * const [event] = receiveFathomWebhook({ headers, body, secret: "whsec_…" });
 * if (event) console.log(event.id, event.meeting.title);
 */
export function receiveFathomWebhook(delivery: FathomDelivery): FathomEvent[] {
  const { id, timestamp } = requireGenuine(delivery);
  return [{ id, timestamp: Number(timestamp), meeting: requireMeeting(parseJsonBody(delivery.body)) }];
}
