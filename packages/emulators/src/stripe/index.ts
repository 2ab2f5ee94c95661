export type { StripeAccount } from "./account.ts";
export { API_VERSION as STRIPE_API_VERSION } from "./api/versions.ts";
export type { StripeBehaviour } from "./behaviour.ts";
export type {
  AccountFacts as StripeAccountFacts,
  Book as StripeBook,
  Kind as StripeKind,
} from "./book/book.ts";
export type { StripeObject } from "./book/table.ts";
export { stripeEmulator } from "./emulator.ts";
export { EVENT_TYPES as STRIPE_EVENT_TYPES } from "./event-types.ts";
export { STRIPE_LIMITS, type StripeLimitSettings, type StripeLimitValues } from "./limits.ts";
export type { Merchant as StripeMerchant } from "./merchant.ts";
export type { StripeMutation, StripeMutationReport } from "./mutate.ts";
export type { StripeApp, StripeConsent } from "./oauth.ts";
export {
  SMALL_ACCOUNT as SMALL_STRIPE_ACCOUNT,
  type StripeAccountOptions,
  type StripeEmulatorOptions,
} from "./options.ts";
export { STRIPE_API_ORIGIN, STRIPE_MARKETPLACE_ORIGIN } from "./origins.ts";
export type { Person as StripePerson } from "./seed/people.ts";
export type { AccountSize as StripeAccountSize } from "./seed/seed-book.ts";
export { type StripeSignInput, signStripe } from "./sign.ts";
export type { BookSnapshot as StripeBookSnapshot } from "./snapshot.ts";
export type {
  Mode as StripeMode,
  StripeAccountHandle,
  StripeEmulator,
  StripeSubscribeOptions,
} from "./stripe-emulator.ts";
export type { StripeTheoretical } from "./theoretical.ts";
export type { NewEndpoint as NewStripeEndpoint, StripeWebhooks } from "./webhooks.ts";
