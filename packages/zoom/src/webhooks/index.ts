export { isHaloError } from "@halo/core/signing";
export type {
  ZoomDeauthorized,
  ZoomEvent,
  ZoomMeetingEvent,
  ZoomMeetingObject,
  ZoomRecordingFile,
  ZoomUrlValidation,
} from "./event.ts";
export { receiveZoomWebhook } from "./receive.ts";
export { verifyZoomWebhook, type ZoomDelivery } from "./verify.ts";
