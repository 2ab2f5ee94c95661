export type { MeetingPerson } from "../meetings/people.ts";
export { hubspotPeople } from "../meetings/people.ts";
export type { ZoomAccount, ZoomFile, ZoomMeeting, ZoomParticipant, ZoomUser } from "./account.ts";
export type { NewZoomMeeting, ZoomAccountApi, ZoomMutation, ZoomMutationReport } from "./account-api.ts";
export { ZOOM_EVENTS, type ZoomChange } from "./changes.ts";
export { ZOOM_ORIGINS, zoomEmulator } from "./emulator.ts";
export { ZOOM_LIMITS, type ZoomLimitValues, type ZoomPlan, type ZoomRateLabel } from "./limits.ts";
export type { ZoomApp, ZoomConsent } from "./oauth.ts";
export {
  SMALL_ZOOM_ACCOUNT,
  type ZoomAccountOptions,
  type ZoomAccountSize,
  type ZoomBehaviour,
  type ZoomEmulatorOptions,
} from "./options.ts";
export { ZOOM_ADMIN_SCOPES, ZOOM_USER_SCOPES } from "./scopes.ts";
export { ZOOM_AWKWARD, type ZoomAwkward, type ZoomAwkwardKind } from "./seed/awkward.ts";
export type { PlantedCue } from "./seed/seed-account.ts";
export { encryptToken, signZoom, type ZoomSignInput } from "./sign.ts";
export type { SnapshotZoomMeeting, ZoomSnapshot } from "./snapshot.ts";
export type { ZoomTheoretical, ZoomTheoreticalOptions } from "./theoretical.ts";
export type { ZoomInstall, ZoomSubscription, ZoomSubscriptionOptions, ZoomWebhooks } from "./webhooks.ts";
export type { ZoomAccountHandle, ZoomEmulator } from "./zoom-emulator.ts";
