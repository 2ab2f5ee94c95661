import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { actions } from "./actions/actions.ts";
import { auth } from "./auth.ts";
import { API_ORIGIN, http, type SlackDistribution } from "./http.ts";
import { interactivity } from "./interactivity.ts";
import { references } from "./references.ts";
import { sink } from "./sink.ts";
import { threads } from "./streams/threads.ts";
import { webhooks } from "./webhooks/events.ts";

export interface SlackOptions {
  /** Of the Slack app; without them a connection is made with a bot token only. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** What Slack signs deliveries with; two while one is being replaced. */
  readonly signingSecrets?: readonly string[];
  /** How the app came to its workspaces, and so how often history may be read. Default `unlisted`, the tightest. */
  readonly distribution?: SlackDistribution;
  /** Other places than Slack's own, such as an emulator's. `app` is where people agree; default that of `api`. */
  readonly origins?: { readonly api: string; readonly app?: string };
}

const HOUR_MS = 3_600_000;

/** Slack: what is said in mapped channels, as it is said; messages into channels; and the place for notifications. */
export function slack(options: SlackOptions = {}): IntegrationDefinition {
  const { clientId, clientSecret, distribution = "unlisted", origins, signingSecrets = [] } = options;
  const apiOrigin = origins?.api ?? API_ORIGIN;
  return defineIntegration({
    id: "slack",
    name: "Slack",
    auth: auth({ clientId, clientSecret, apiOrigin, appOrigin: origins?.app ?? apiOrigin }),
    http: http(apiOrigin, distribution),
    modes: { ingest: true, actions: true, notifications: true },
    schedule: { everyMs: HOUR_MS },
    references,
    streams: [threads(distribution)],
    webhooks: webhooks(signingSecrets),
    actions,
    sink,
    ...(signingSecrets.length > 0 && { interactivity: interactivity(signingSecrets) }),
  });
}
