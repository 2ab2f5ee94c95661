import type { CrmSize, MeetingPerson } from "../meetings/people.ts";
import type { VendorEmulatorOptions } from "../vendor-emulator.ts";
import type { FathomLimitValues } from "./limits.ts";

export interface FathomOrganisationSize {
  /** People with an account; the first one is the owner of the first key. */
  readonly users: number;
  readonly meetings: number;
  /** How far back the first meeting lies. */
  readonly days: number;
}

export interface FathomOrganisationOptions {
  /** Decides every id, text and number of the organisation. 1 unless told. */
  readonly seed?: number | string;
  /** 5 users and 40 meetings in 90 days unless told. */
  readonly size?: Partial<FathomOrganisationSize>;
  /** Guests of the meetings; contacts of the HubSpot emulator of this seed unless told. */
  readonly people?: readonly MeetingPerson[];
  /** The HubSpot emulator whose contacts they are, where `people` says nothing; its small portal unless told. */
  readonly crm?: CrmSize & { readonly seed?: number | string };
  /** Of the organisation's own addresses. */
  readonly domain?: string;
  /** Before it the last seeded meeting ended, epoch ms; 1 September 2026, or now where that is earlier. */
  readonly seededUntil?: number;
  /** Whether a meeting is planned for each thing that can be odd about one; true unless told. */
  readonly awkward?: boolean;
}

export interface FathomEmulatorOptions extends FathomOrganisationOptions, VendorEmulatorOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The vendor's 60 and 30 a minute unless told. */
  readonly limits?: Partial<FathomLimitValues> | "none";
  /** 10, as at the vendor, unless told. */
  readonly pageSize?: number;
  readonly behaviour?: Partial<FathomBehaviour>;
}

/** Where the vendor may do either, or where no source says which, a test can have both. */
export interface FathomBehaviour {
  /** No order of the list is promised. */
  order: "newest" | "oldest";
  /** How long a used refresh token still works. */
  refreshGraceMs: number;
  /** Status of an answer to the key of somebody who was deactivated. */
  deactivatedStatus: 401 | 403;
  /** Whether an app's token may make webhooks; no source says so. */
  oauthWebhooks: boolean;
  /** Whether limits are told on answers. */
  limitHeaders: boolean;
}

export const SMALL_FATHOM_ORGANISATION: FathomOrganisationSize = { users: 5, meetings: 40, days: 90 };

export const DEFAULT_BEHAVIOUR: FathomBehaviour = {
  // As the vendor's quick start shows it.
  order: "newest",
  refreshGraceMs: 0,
  // guess: "4xx" is what the vendor says.
  deactivatedStatus: 401,
  oauthWebhooks: false,
  limitHeaders: true,
};
