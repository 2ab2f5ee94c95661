import type { VendorEmulator } from "../vendor-emulator.ts";
import type { Behaviour } from "./call.ts";
import type { LimitValues } from "./limits.ts";
import type { OAuthApp, OAuthServer } from "./oauth.ts";
import type { ObjectType } from "./object-types.ts";
import type { PortalOptions } from "./options.ts";
import type { PortalApi } from "./portal-api.ts";
import type { PlantedFact } from "./seed/planted.ts";
import type { PortalSnapshot } from "./snapshot.ts";
import type { Theoretical, TheoreticalOptions } from "./theoretical.ts";
import type { Webhooks } from "./webhooks.ts";

/** One account: what its people do, and what it holds. */
export interface PortalHandle extends PortalApi {
  readonly id: number;
  /** Facts that stand in exactly one engagement each. */
  readonly planted: readonly PlantedFact[];
  snapshot(types?: readonly ObjectType[]): PortalSnapshot;
  theoretical(options?: TheoreticalOptions): Theoretical;
  /** A service key or private-app token (`pat-…`). */
  issueKey(options: { scopes: readonly string[] }): string;
  /** An OAuth access token without the way through the consent page. */
  issueAccessToken(options: { scopes: readonly string[]; expiresInMs?: number }): string;
  /** An admin removes the app: all its tokens die, and nobody is told. */
  uninstall(): void;
}

export interface HubSpotEmulator extends OAuthApp, VendorEmulator {
  /** The first account. */
  readonly portal: PortalHandle;
  readonly portals: ReadonlyMap<number, PortalHandle>;
  /** Another account in which the same app may be installed. */
  addPortal(options: PortalOptions): PortalHandle;
  readonly webhooks: Webhooks;
  /** May be changed at any time. */
  readonly behaviour: Behaviour;
  readonly limits: LimitValues | undefined;
  /** What the person at the consent page does. */
  consent: OAuthServer["consent"];
  /** Of the first account, as are the four that follow. */
  readonly planted: readonly PlantedFact[];
  readonly snapshot: PortalHandle["snapshot"];
  readonly theoretical: PortalHandle["theoretical"];
  readonly issueKey: PortalHandle["issueKey"];
}
