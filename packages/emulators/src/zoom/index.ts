export type { MeetingPerson } from "../meetings/people.ts";
export { hubspotPeople } from "../meetings/people.ts";
export type { ZoomAccount, ZoomFile, ZoomMeeting, ZoomParticipant, ZoomUser } from "./account.ts";
export type { AccountApi, NewMeeting, ZoomMutation, ZoomMutationReport } from "./account-api.ts";
export { ZOOM_EVENTS, type ZoomChange } from "./changes.ts";
export { ZOOM_ORIGINS, zoomEmulator } from "./emulator.ts";
export { type RateLabel, ZOOM_LIMITS, type ZoomLimitValues, type ZoomPlan } from "./limits.ts";
export type { ZoomApp, ZoomConsent } from "./oauth.ts";
export {
  type AccountOptions,
  type AccountSize,
  SMALL_ACCOUNT,
  type ZoomBehaviour,
  type ZoomEmulatorOptions,
} from "./options.ts";
export { ADMIN_SCOPES, USER_SCOPES } from "./scopes.ts";
export { AWKWARD, type AwkwardKind, type AwkwardMeetings } from "./seed/awkward.ts";
export type { PlantedUtterance } from "./seed/seed-account.ts";
export { encryptToken, signZoom, type ZoomSignInput } from "./sign.ts";
export type { AccountSnapshot, SnapshotZoomMeeting } from "./snapshot.ts";
export type { ZoomTheoretical, ZoomTheoreticalOptions } from "./theoretical.ts";
export type { ZoomInstall, ZoomSubscription, ZoomSubscriptionOptions, ZoomWebhooks } from "./webhooks.ts";
export type { AccountHandle, ZoomEmulator } from "./zoom-emulator.ts";
