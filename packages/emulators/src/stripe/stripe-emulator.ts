import type { VendorEmulator } from "../vendor-emulator.ts";
import type { StripeAccount } from "./account.ts";
import type { StripeBehaviour } from "./behaviour.ts";
import type { Book, Kind } from "./book/book.ts";
import type { StripeLimitValues } from "./limits.ts";
import type { Merchant } from "./merchant.ts";
import type { StripeApp, StripeConsent } from "./oauth.ts";
import type { StripeAccountOptions } from "./options.ts";
import type { BookSnapshot, digestBook } from "./snapshot.ts";
import type { StripeTheoretical } from "./theoretical.ts";
import type { NewEndpoint, StripeWebhooks } from "./webhooks.ts";

export type Mode = "test" | "live";

/**
 * One account: what its people do, and what it holds. Where a mode can be told, it is the account's own unless told;
 * what its people do is done there too, and in the other one by `in(mode)`.
 */
export interface StripeAccountHandle extends Merchant {
  readonly id: string;
  readonly mode: Mode;
  readonly account: StripeAccount;
  /** What it holds in its own mode. */
  readonly book: Book;
  in(mode: Mode): Merchant;
  /** A secret key (`sk_…`), or with permissions such as `customer_read` a restricted one (`rk_…`). */
  issueKey(options?: { readonly permissions?: readonly string[]; readonly mode?: Mode }): string;
  /** The app's access token, without the way through the page. Installs the app. */
  issueAccessToken(options?: {
    readonly permissions?: readonly string[];
    readonly mode?: Mode;
    readonly expiresInMs?: number;
  }): string;
  revokeKey(key: string, why?: "expired" | "unknown"): void;
  install(mode?: Mode): void;
  /** Its owner removes the app: its tokens die, and `account.application.deauthorized` is sent to Connect endpoints. */
  uninstall(mode?: Mode): void;
  /** Does what was due by itself: trials end, cancellations come due. Every request does so too. */
  catchUp(mode?: Mode): void;
  snapshot(options?: { readonly mode?: Mode; readonly kinds?: readonly Kind[] }): BookSnapshot;
  digest(mode?: Mode): ReturnType<typeof digestBook>;
  theoretical(options?: { readonly mode?: Mode; readonly kinds?: readonly Kind[] }): StripeTheoretical;
}

export interface StripeSubscribeOptions extends NewEndpoint {
  /** Whose endpoint it is; the first account's unless told. Endpoints with `connect` are the platform's. */
  readonly account?: string;
  readonly mode?: Mode;
}

export interface StripeEmulator extends VendorEmulator, StripeApp {
  /** The account of the app's developer. */
  readonly platform: StripeAccount;
  /** The first account. */
  readonly account: StripeAccountHandle;
  readonly accounts: ReadonlyMap<string, StripeAccountHandle>;
  /** Another account in which the same app may be installed. */
  addAccount(options: StripeAccountOptions): StripeAccountHandle;
  readonly webhooks: StripeWebhooks;
  /** An endpoint as the dashboard makes it; an address on loopback may be without TLS. */
  subscribe(options: StripeSubscribeOptions): { readonly id: string; readonly secret: string };
  /** May be changed at any time. */
  readonly behaviour: StripeBehaviour;
  readonly limits: StripeLimitValues | undefined;
  /** What the person at the page does. */
  consent: StripeConsent;
  /** Of the first account, as are the ones that follow. */
  readonly issueKey: StripeAccountHandle["issueKey"];
  readonly issueAccessToken: StripeAccountHandle["issueAccessToken"];
  readonly snapshot: StripeAccountHandle["snapshot"];
  readonly theoretical: StripeAccountHandle["theoretical"];
}
