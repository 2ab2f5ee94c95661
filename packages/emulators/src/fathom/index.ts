export { hubspotPeople, type MeetingPerson } from "../meetings/people.ts";
export type {
  FathomAccount,
  FathomActionItem,
  FathomInvitee,
  FathomMeeting,
  FathomSharing,
  FathomTeam,
  FathomTurn,
  FathomUser,
} from "./account.ts";
export type { FathomAccountApi, FathomMutation, FathomMutationReport, NewRecording } from "./account-api.ts";
export { FATHOM_ORIGINS, fathomEmulator } from "./emulator.ts";
export type { FathomEmulator, FathomOrganisation } from "./fathom-emulator.ts";
export { FATHOM_LIMITS, type FathomLimitValues } from "./limits.ts";
export type { FathomApp, FathomConsent } from "./oauth.ts";
export {
  type FathomBehaviour,
  type FathomEmulatorOptions,
  type FathomOrganisationOptions,
  type FathomOrganisationSize,
  SMALL_FATHOM_ORGANISATION,
} from "./options.ts";
export { FATHOM_AWKWARD, type FathomAwkward, type FathomAwkwardKind, type PlantedTurn } from "./seed.ts";
export { type FathomSignInput, signFathom } from "./sign.ts";
export type { FathomSnapshot, SnapshotFathomMeeting } from "./snapshot.ts";
export type { FathomTheoretical, FathomTheoreticalOptions } from "./theoretical.ts";
export { FATHOM_TRIGGERS, type FathomTrigger, type FathomWebhook, type FathomWebhooks } from "./webhooks.ts";
