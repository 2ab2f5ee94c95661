import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { auth } from "./auth.ts";
import { API_ORIGIN, http } from "./http.ts";
import { meetings } from "./streams/meetings.ts";
import { webhooks } from "./webhooks/events.ts";

export interface FathomOptions {
  /** Another place than Fathom's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
}

const HOUR_MS = 3_600_000;

/** Fathom: recorded meetings with what was said, summaries and action items, hourly and by webhook. */
export function fathom({ origins }: FathomOptions = {}): IntegrationDefinition {
  return defineIntegration({
    id: "fathom",
    name: "Fathom",
    auth,
    http: http(origins?.api ?? API_ORIGIN),
    modes: { ingest: true, actions: false, notifications: false },
    schedule: { everyMs: HOUR_MS },
    streams: [meetings],
    webhooks,
    defaultSettings: { lookback_days: 90 },
  });
}
