export type { Behaviour } from "./call.ts";
export type { PortalChange } from "./changes.ts";
export { digestSnapshot, type StreamDigest } from "./digest.ts";
export { hubspotEmulator } from "./emulator.ts";
export type { HubSpotEmulator, PortalHandle } from "./hubspot-emulator.ts";
export { DEFAULT_LIMITS, type LimitSettings, type LimitValues } from "./limits.ts";
export type { Mutation, MutationReport } from "./mutate.ts";
export type { Consent } from "./oauth.ts";
export { OBJECT_TYPES, type ObjectType } from "./object-types.ts";
export {
  type HubSpotEmulatorOptions,
  type PortalOptions,
  QUICKSTART_PORTAL,
  SMALL_PORTAL,
} from "./options.ts";
export { API_ORIGIN, APP_ORIGIN } from "./origins.ts";
export type { Form, Owner, Pipeline, Portal, Submission } from "./portal.ts";
export type { NewAssociation, PortalApi } from "./portal-api.ts";
export type { StoredRecord } from "./record.ts";
export type { PlantedFact } from "./seed/planted.ts";
export type { PortalSize } from "./seed/seed-portal.ts";
export { decodeForV3, type SignatureVersion, type SignInput, signHubSpot } from "./sign.ts";
export type { PortalSnapshot, SnapshotRecord, SnapshotSubmission } from "./snapshot.ts";
export type { Theoretical, TheoreticalOptions } from "./theoretical.ts";
export { CLASSIC_EVENTS, DOCUMENTED_EVENTS, GENERIC_EVENTS, type WebhookEvent } from "./webhook-events.ts";
export type { DeliveryAttempt, DeliveryBehaviour, SubscriptionOptions, Webhooks } from "./webhooks.ts";
