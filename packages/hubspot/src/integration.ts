import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { actions } from "./actions/actions.ts";
import { auth } from "./auth.ts";
import { API_ORIGIN, http } from "./http.ts";
import { API_VERSION, paths } from "./paths.ts";
import { references } from "./references.ts";
import { companies } from "./streams/companies.ts";
import { contacts } from "./streams/contacts.ts";
import { deals } from "./streams/deals.ts";
import { engagements } from "./streams/engagements.ts";
import { webhooks } from "./webhooks/events.ts";

export interface HubSpotOptions {
  /** Of the HubSpot app; without them a connection is made with a key only. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Secrets that webhooks are signed with. Default: the client secret; name two while one is being replaced. */
  readonly webhookSecrets?: readonly string[];
  /** Other places than HubSpot's own, such as an emulator's. `app` is where people log in; default that of `api`. */
  readonly origins?: { readonly api: string; readonly app?: string };
  /** The date in HubSpot's paths. Default "2026-09". */
  readonly apiVersion?: string;
}

const HOUR_MS = 3_600_000;

/** HubSpot: contacts, companies, deals and engagements, hourly and by webhook. */
export function hubspot(options: HubSpotOptions = {}): IntegrationDefinition {
  const { clientId, clientSecret, origins, webhookSecrets = clientSecret ? [clientSecret] : [] } = options;
  const api = paths(options.apiVersion ?? API_VERSION);
  const apiOrigin = origins?.api ?? API_ORIGIN;
  const appOrigin = origins ? (origins.app ?? origins.api) : "https://app.hubspot.com";
  return defineIntegration({
    id: "hubspot",
    name: "HubSpot",
    auth: auth({ clientId, clientSecret, apiOrigin, appOrigin, paths: api }),
    http: http(apiOrigin),
    modes: { ingest: true, actions: true, notifications: true },
    schedule: { everyMs: HOUR_MS },
    references: references(api),
    streams: [contacts(api), companies(api), deals(api), engagements(api)],
    webhooks: webhooks(webhookSecrets),
    actions: actions(api),
  });
}
