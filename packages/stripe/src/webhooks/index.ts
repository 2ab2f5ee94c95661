export { isHaloError } from "@halo/core/signing";
export type { StripeEvent } from "./event.ts";
export { receiveStripeWebhook } from "./receive.ts";
export { type StripeDelivery, verifyStripeWebhook } from "./verify.ts";
