import type { VendorEmulatorOptions } from "../vendor-emulator.ts";
import type { Behaviour } from "./call.ts";
import type { LimitSettings } from "./limits.ts";
import type { AccountType } from "./portal.ts";
import type { PortalSize } from "./seed/seed-portal.ts";

export interface PortalOptions {
  /** Decides every id, text and number of the account. 1 unless told. */
  readonly seed?: number | string;
  /** Live records; 20 companies, 200 contacts, 50 deals and 400 engagements unless told. */
  readonly size?: Partial<PortalSize>;
  /** The account's id; from the seed unless told. */
  readonly portalId?: number;
  readonly accountType?: AccountType;
  /** The newest date of a seeded record, epoch ms; 1 September 2026, or now where that is earlier. */
  readonly seededUntil?: number;
}

export interface HubSpotEmulatorOptions extends PortalOptions, VendorEmulatorOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly appId?: number;
  /** The limits of a publicly distributed app unless told. */
  readonly limits?: LimitSettings | "none";
  /** How long search goes on without a change; 0 unless told. The vendor says "a few moments". */
  readonly searchLagMs?: number;
  readonly behaviour?: Partial<Behaviour>;
}

export const SMALL_PORTAL: PortalSize = { companies: 20, contacts: 200, deals: 50, engagements: 400 };

/** The account of Halo's quickstart. */
export const QUICKSTART_PORTAL: PortalSize = {
  companies: 2_000,
  contacts: 20_000,
  deals: 5_000,
  engagements: 40_000,
};
