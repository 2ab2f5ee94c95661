import type { VendorEmulator } from "../vendor-emulator.ts";
import type { ZoomAccountApi } from "./account-api.ts";
import type { ZoomLimitValues } from "./limits.ts";
import type { ZoomApp, ZoomConsent } from "./oauth.ts";
import type { ZoomAccountOptions, ZoomBehaviour } from "./options.ts";
import type { ZoomAwkward } from "./seed/awkward.ts";
import type { PlantedCue } from "./seed/seed-account.ts";
import type { ZoomSnapshot } from "./snapshot.ts";
import type { ZoomTheoretical, ZoomTheoreticalOptions } from "./theoretical.ts";
import type { ZoomWebhooks } from "./webhooks.ts";

/** One account: what its people do, and what it holds. */
export interface ZoomAccountHandle extends ZoomAccountApi {
  readonly id: string;
  readonly ownerId: string;
  /** Facts that are said in exactly one meeting each. */
  readonly planted: readonly PlantedCue[];
  /** Meetings that have something odd about them, by what it is. */
  readonly awkward: ZoomAwkward;
  snapshot(): ZoomSnapshot;
  theoretical(options?: ZoomTheoreticalOptions): ZoomTheoretical;
  /** A person's token without the way through the consent page; the app is then there. The owner's unless told. */
  issueAccessToken(options?: { scopes?: readonly string[]; expiresInMs?: number; user?: string }): string;
  issueRefreshToken(options?: { scopes?: readonly string[]; user?: string }): string;
  /** Leave to download one meeting's files, as comes with an event. */
  issueDownloadToken(uuid: string, expiresInMs?: number): string;
  /** Somebody, or everybody, removes the app: tokens die and `app_deauthorized` is sent. */
  deauthorize(user?: string): void;
}

export interface ZoomEmulator extends ZoomApp, VendorEmulator {
  /** The first account. */
  readonly account: ZoomAccountHandle;
  readonly accounts: ReadonlyMap<string, ZoomAccountHandle>;
  addAccount(options: ZoomAccountOptions): ZoomAccountHandle;
  readonly webhooks: ZoomWebhooks;
  readonly behaviour: ZoomBehaviour;
  readonly limits: ZoomLimitValues | undefined;
  consent: ZoomConsent;
  /**
   * Where the addresses of files in events point to, such as `https://zoom.us`. Answers use the host that was asked;
   * if that was another than the vendor's, so do events from then on, unless it was set.
   */
  fileHost: string;
  readonly planted: ZoomAccountHandle["planted"];
  snapshot(): ZoomSnapshot;
  theoretical(options?: ZoomTheoreticalOptions): ZoomTheoretical;
  issueAccessToken: ZoomAccountHandle["issueAccessToken"];
  hold: ZoomAccountHandle["hold"];
}
