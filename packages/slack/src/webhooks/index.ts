export { isHaloError } from "@halo/core/signing";
export type {
  SlackBlockAction,
  SlackBlockActions,
  SlackEvent,
  SlackEventCallback,
  SlackInnerEvent,
  SlackRateLimited,
  SlackUrlVerification,
} from "./event.ts";
export { receiveSlackWebhook } from "./receive.ts";
export { type SlackDelivery, verifySlackWebhook } from "./verify.ts";
