import { parseJsonBody } from "@halo/core/signing";
import { requireEvents, type StripeEvent } from "./event.ts";
import { type StripeDelivery, verifyStripeWebhook } from "./verify.ts";

/**
 * What a genuine Stripe delivery says; nothing of any other is parsed. A thin event of `v2` gives none. Throws
 * `webhook_unverified` (answer 401) as `verifyStripeWebhook` does, and `input_invalid` (answer 400) for a genuine body
 * that is no event.
 *
 * @example
 * const [event] = receiveStripeWebhook({ headers, body, secret: "whsec_…" });
 * if (event?.type === "invoice.paid") console.log(event.data.object.id);
 */
export function receiveStripeWebhook(delivery: StripeDelivery): StripeEvent[] {
  verifyStripeWebhook(delivery);
  return requireEvents(parseJsonBody(delivery.body));
}
