import type { VendorEmulator } from "../vendor-emulator.ts";
import type { FathomAccountApi } from "./account-api.ts";
import type { FathomLimitValues } from "./limits.ts";
import type { FathomApp, FathomConsent } from "./oauth.ts";
import type { FathomBehaviour, FathomOrganisationOptions } from "./options.ts";
import type { FathomAwkward, PlantedTurn } from "./seed.ts";
import type { FathomSnapshot } from "./snapshot.ts";
import type { FathomTheoretical, FathomTheoreticalOptions } from "./theoretical.ts";
import type { FathomWebhooks } from "./webhooks.ts";

/** One organisation: what its people do, and what it holds. */
export interface FathomOrganisation extends FathomAccountApi {
  /** 1 for the first one. */
  readonly number: number;
  readonly ownerEmail: string;
  /** Facts that are said in exactly one meeting each. */
  readonly planted: readonly PlantedTurn[];
  /** recording_ids of meetings that have something odd about them, by what it is. */
  readonly awkward: FathomAwkward;
  snapshot(): FathomSnapshot;
  theoretical(options?: FathomTheoreticalOptions): FathomTheoretical;
  /** A person's API key; the owner's unless told. */
  issueKey(options?: { email?: string }): string;
  revokeKey(key: string): void;
  /** An app's token without the way through the consent page. */
  issueAccessToken(options?: { email?: string; expiresInMs?: number }): string;
  issueRefreshToken(options?: { email?: string }): string;
  /** Somebody takes an app's access away. */
  deauthorize(email?: string): void;
}

export interface FathomEmulator extends FathomApp, VendorEmulator {
  /** The first organisation. */
  readonly account: FathomOrganisation;
  readonly accounts: ReadonlyMap<number, FathomOrganisation>;
  addAccount(options: FathomOrganisationOptions): FathomOrganisation;
  readonly webhooks: FathomWebhooks;
  readonly behaviour: FathomBehaviour;
  readonly limits: FathomLimitValues | undefined;
  consent: FathomConsent;
  readonly planted: FathomOrganisation["planted"];
  snapshot(): FathomSnapshot;
  theoretical(options?: FathomTheoreticalOptions): FathomTheoretical;
  issueKey: FathomOrganisation["issueKey"];
  record: FathomOrganisation["record"];
}
