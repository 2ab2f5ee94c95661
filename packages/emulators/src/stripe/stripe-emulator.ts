import type { VendorEmulator } from "../vendor-emulator.ts";
import type { StripeAccount } from "./account.ts";
import type { StripeBehaviour } from "./behaviour.ts";
import type { Book, Kind } from "./book/book.ts";
import type { StripeLimitValues } from "./limits.ts";
import type { StripeAccountOptions } from "./options.ts";
import type { BookSnapshot } from "./snapshot.ts";

export type Mode = "test" | "live";

/** One account: what its people do, and what it holds. Where a mode may be told, it is the account's own unless told. */
export interface StripeAccountHandle {
  readonly id: string;
  readonly account: StripeAccount;
  /** What it holds in its own mode. */
  readonly book: Book;
  /** A secret key (`sk_…`), or with permissions such as `customer_read` a restricted one (`rk_…`). */
  issueKey(options?: { readonly permissions?: readonly string[]; readonly mode?: Mode }): string;
  revokeKey(key: string, why?: "expired" | "unknown"): void;
  snapshot(options?: { readonly mode?: Mode; readonly kinds?: readonly Kind[] }): BookSnapshot;
}

export interface StripeEmulator extends VendorEmulator {
  /** The first account. */
  readonly account: StripeAccountHandle;
  readonly accounts: ReadonlyMap<string, StripeAccountHandle>;
  addAccount(options: StripeAccountOptions): StripeAccountHandle;
  /** May be changed at any time. */
  readonly behaviour: StripeBehaviour;
  readonly limits: StripeLimitValues | undefined;
  /** Of the first account, as is the one that follows. */
  readonly issueKey: StripeAccountHandle["issueKey"];
  readonly snapshot: StripeAccountHandle["snapshot"];
}
