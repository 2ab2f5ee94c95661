export type { ZoomManagement } from "./auth.ts";
export type { ZoomPlan } from "./http.ts";
export { type ZoomOptions, zoom } from "./integration.ts";
export type { ZoomReferences } from "./references.ts";
export type { HeldMeeting } from "./streams/recorded-meeting.ts";
export type { Transcript } from "./streams/transcribe.ts";
export type { ZoomEvent } from "./webhooks/index.ts";
