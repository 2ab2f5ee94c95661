import type { CrmSize } from "../meetings/people.ts";
import type { VendorEmulatorOptions } from "../vendor-emulator.ts";
import type { StripeBehaviour } from "./behaviour.ts";
import type { StripeLimitSettings } from "./limits.ts";
import type { Person } from "./seed/people.ts";
import type { AccountSize } from "./seed/seed-book.ts";

export interface StripeAccountOptions {
  /** Decides every id, name and amount of the account. 1 unless told. */
  readonly seed?: number | string;
  /** Of the mode that is meant; the other one has five customers. 40 customers unless told. */
  readonly size?: Partial<AccountSize>;
  /** Which mode `size` is for, and what the shorthands of the emulator mean. `test` unless told. */
  readonly mode?: "test" | "live";
  readonly name?: string;
  /** The account's default: what a call without `Stripe-Version` gets and what events are made in. The newest unless told. */
  readonly apiVersion?: string;
  /** Who the first customers are, such as the contacts of another vendor's account. */
  readonly people?: readonly Person[];
  /** They are the companies, and their first contacts, of the HubSpot emulator of this seed (its own unless told) and size. */
  readonly crm?: CrmSize & { readonly seed?: number | string };
  /** The newest date of a seeded object, epoch ms; the last midnight (UTC) of the clock unless told: trials and periods lie around it. */
  readonly seededUntil?: number;
}

export interface StripeEmulatorOptions extends StripeAccountOptions, VendorEmulatorOptions {
  /** Of the app: `ca_…`. */
  readonly clientId?: string;
  /** What the app may do where it is installed, such as `customer_read`; all that Halo's parts need unless told. */
  readonly appPermissions?: readonly string[];
  /** The vendor's unless told: 100 requests a second in live mode, 25 in test mode, 25 for each endpoint. */
  readonly limits?: StripeLimitSettings | "none";
  readonly behaviour?: Partial<StripeBehaviour>;
}

export const SMALL_ACCOUNT: AccountSize = { customers: 40 };

/** What Halo's parts for this vendor need. The names are those of an app's manifest. */
export const APP_PERMISSIONS: readonly string[] = [
  ..."connected_account_read customer_write subscription_write invoice_read payment_intent_read".split(" "),
  ..."charge_write credit_note_write product_read plan_read dispute_read event_read webhook_write".split(" "),
];
