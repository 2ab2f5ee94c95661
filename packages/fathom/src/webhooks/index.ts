export { isHaloError } from "@halo/core/signing";
export type { FathomEvent, FathomMeeting, FathomTranscriptLine } from "./event.ts";
export { receiveFathomWebhook } from "./receive.ts";
export { type FathomDelivery, verifyFathomWebhook } from "./verify.ts";
