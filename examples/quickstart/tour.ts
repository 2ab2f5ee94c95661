import type { Halo } from "@halo/core";
import type { Client } from "pg";
import type { Options } from "./options.ts";
import type { Screen } from "./screen.ts";
import type { SlackWorkspace } from "./slack-workspace.ts";
import type { StripeAccount } from "./stripe-account.ts";
import type { Vendor } from "./vendor.ts";
import type { ZoomAccount } from "./zoom-account.ts";

/** The AI product's customer: the tenant that all of this belongs to. */
export const orgId = "acme";

/** What each stop of the tour needs. */
export interface Tour {
  readonly halo: Halo;
  readonly vendor: Vendor;
  readonly slack: SlackWorkspace;
  readonly stripe: StripeAccount;
  readonly zoom: ZoomAccount;
  readonly screen: Screen;
  readonly options: Options;
  /** Where the vendors reach the host. */
  readonly hostUrl: string;
  /** Halo's connection to HubSpot. */
  readonly connectionId: string;
  /** SQL on the same store, as the org. */
  readonly client: Client;
  /** One thing that has to hold for the exit code to be 0. */
  hold(truth: boolean, what: string): void;
}

/** Asks until there is an answer, for 20 seconds. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}
