import type { VendorHttp } from "../ports/vendor-http.ts";
import type { AnyAction } from "./action.ts";
import type { AuthDefinition } from "./auth.ts";
import type { HttpDefinition } from "./http.ts";
import type { InteractivityDefinition } from "./interactivity.ts";
import type { Json } from "./json.ts";
import type { IntegrationSink } from "./notification.ts";
import type { AnyStream } from "./stream.ts";
import type { AnyWebhooks } from "./webhook.ts";

/** The static description of a vendor. */
export interface IntegrationDefinition {
  /** In paths, keys and table names: "hubspot", "entra-id". */
  readonly id: string;
  readonly name: string;
  readonly auth: AuthDefinition;
  readonly http: HttpDefinition;
  /** Which of the three modes it has. */
  readonly modes: { readonly ingest: boolean; readonly actions: boolean; readonly notifications: boolean };
  /** How often an incremental sync is due. Absent: only webhooks, and the settle pass. */
  readonly schedule?: { readonly everyMs: number };
  /** In the order in which they become complete. */
  readonly streams: readonly AnyStream[];
  readonly webhooks?: AnyWebhooks;
  readonly actions?: readonly AnyAction[];
  /** Notifications can be sent into it, through the org's connection. */
  readonly sink?: IntegrationSink;
  /** People can decide what agents propose from within it. */
  readonly interactivity?: InteractivityDefinition;
  /** What makes rows readable (owners, pipelines): read once in a while, and handed to every stream. */
  readonly references?: (context: {
    readonly http: VendorHttp;
    readonly scopes: ReadonlySet<string> | undefined;
    readonly signal: AbortSignal;
  }) => Promise<{ readonly refs: unknown; readonly notices: readonly string[] }>;
  /** A greater rank wins a customer's field against a smaller one. Default 100. */
  readonly rank?: number;
  readonly defaultSettings?: { readonly [name: string]: Json };
  /** Prefix of its tables. Default: the id, with underscores. */
  readonly tablePrefix?: string;
}

export function defineIntegration(definition: IntegrationDefinition): IntegrationDefinition {
  return definition;
}

/** The mirror table of a stream: `hubspot_contacts`. */
export function mirrorTable(integration: IntegrationDefinition, streamId: string): string {
  return `${integration.tablePrefix ?? integration.id.replaceAll("-", "_")}_${streamId}`;
}
