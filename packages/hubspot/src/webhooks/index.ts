export { isHaloError } from "@halo/core/signing";
export type { HubSpotEvent } from "./event.ts";
export { receiveHubSpotWebhook } from "./receive.ts";
export { type HubSpotDelivery, type HubSpotSignatureVersion, verifyHubSpotWebhook } from "./verify.ts";
