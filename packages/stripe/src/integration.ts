import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { actions } from "./actions/actions.ts";
import { auth } from "./auth.ts";
import { API_ORIGIN, http } from "./http.ts";
import { references } from "./references.ts";
import { customers } from "./streams/customers.ts";
import { invoices } from "./streams/invoices.ts";
import { payments } from "./streams/payments.ts";
import { subscriptions } from "./streams/subscriptions.ts";
import { webhooks } from "./webhooks/events.ts";

export interface StripeOptions {
  /** Of the Stripe app, `ca_…`; without it and the secret a connection is made with a key only. */
  readonly clientId?: string;
  /** The secret key of the account that the app belongs to, of the mode that the app is installed in. */
  readonly clientSecret?: string;
  /**
   * Signing secrets of the app's own webhook endpoint, which hears of every account that installed it. Without them
   * each connection has an endpoint of its own, made by Halo where its key may.
   */
  readonly webhookSecrets?: readonly string[];
  /** Other places than Stripe's own, such as an emulator's. `app` is where people agree; default that of `api`. */
  readonly origins?: { readonly api: string; readonly app?: string };
}

/** Webhooks tell at once what changed; this finds what they did not. */
const SETTLE_EVERY_MS = 6 * 3_600_000;

/** Stripe: customers, subscriptions, invoices and payments, by webhook and settled by events; money only with a human. */
export function stripe(options: StripeOptions = {}): IntegrationDefinition {
  const { clientId, clientSecret, origins, webhookSecrets = [] } = options;
  const apiOrigin = origins?.api ?? API_ORIGIN;
  const appOrigin = origins ? (origins.app ?? origins.api) : "https://marketplace.stripe.com";
  return defineIntegration({
    id: "stripe",
    name: "Stripe",
    auth: auth({ clientId, clientSecret, apiOrigin, appOrigin }),
    http: http(apiOrigin),
    modes: { ingest: true, actions: true, notifications: true },
    schedule: { everyMs: SETTLE_EVERY_MS },
    references,
    streams: [customers, subscriptions, invoices, payments],
    webhooks: webhooks(webhookSecrets),
    actions,
  });
}
