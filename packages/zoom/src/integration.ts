import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { appClient } from "./app-client.ts";
import { auth, type ZoomManagement } from "./auth.ts";
import { APP_ORIGIN, http, type ZoomPlan } from "./http.ts";
import { references } from "./references.ts";
import { meetings } from "./streams/meetings.ts";
import { transcripts } from "./streams/transcripts.ts";
import { webhooks } from "./webhooks/events.ts";

export interface ZoomOptions {
  /** Of the Zoom app. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The app's webhook Secret Token, which no API tells; two while one is being replaced. */
  readonly webhookSecretTokens?: readonly string[];
  /** How the app was made: `user` (default) reads the recordings of who installed it, `admin` those of the account. */
  readonly management?: ZoomManagement;
  /** What the Zoom account pays for. Default `pro`; Zoom's answers correct it. */
  readonly plan?: ZoomPlan;
  /** False: one event subscription was made by hand in the app's settings, for all accounts. Default true. */
  readonly registerWebhooks?: boolean;
  /** Other places than Zoom's own, such as an emulator's. `app` is where people agree; default that of `api`. */
  readonly origins?: { readonly api: string; readonly app?: string };
}

const HOUR_MS = 3_600_000;

/** Zoom: recorded meetings, who was there, and what was said, hourly and by webhook. */
export function zoom(options: ZoomOptions = {}): IntegrationDefinition {
  const { management = "user", origins, plan = "pro", registerWebhooks = true } = options;
  const places = origins && { api: origins.api, app: origins.app ?? origins.api };
  const appOrigin = places?.app ?? APP_ORIGIN;
  const client = appClient(options.clientId, options.clientSecret);
  return defineIntegration({
    id: "zoom",
    name: "Zoom",
    auth: auth({ management, appOrigin, client }),
    http: http(places, plan),
    modes: { ingest: true, actions: false, notifications: false },
    schedule: { everyMs: HOUR_MS },
    references: references(management),
    streams: [meetings, transcripts],
    webhooks: webhooks({
      secrets: options.webhookSecretTokens ?? [],
      management,
      appOrigin,
      client: registerWebhooks ? client : undefined,
    }),
    defaultSettings: { lookback_days: 90 },
  });
}
