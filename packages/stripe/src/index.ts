export { API_VERSION } from "./http.ts";
export { type StripeOptions, stripe } from "./integration.ts";
export { DEFAULT_KINDS } from "./notifications.ts";
export type { StripeReferences } from "./references.ts";
export type { Customer } from "./streams/customer.ts";
export type { Invoice } from "./streams/invoice.ts";
export { type MrrMode, mrrModes } from "./streams/mrr.ts";
export type { Payment } from "./streams/payment.ts";
export type { Subscription } from "./streams/subscription.ts";
