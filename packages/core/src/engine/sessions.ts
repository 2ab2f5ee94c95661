import type { IntegrationDefinition } from "../define/integration.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { VendorCall, VendorHttp } from "../ports/vendor-http.ts";

export interface References {
  readonly refs: unknown;
  /** What is missing for lack of a scope, in an admin's words. */
  readonly notices: readonly string[];
}

/** A connection as the engine uses it: its client, and what makes its rows readable. */
export interface Session {
  readonly http: VendorHttp;
  references(signal: AbortSignal): Promise<References>;
}

export interface Sessions {
  open(connection: Connection): Session;
  /** After a disconnect or a reconnect: whatever was cached for it is stale. */
  forget(connectionId: string): void;
}

/** Owners and pipelines change seldom: one reading serves all slices of so long. */
const referencesMs = 10 * 60_000;

/** One client and one reading of the references for each connection of this process, dropped when it reconnects. */
export function createSessions(
  integrations: ReadonlyMap<string, IntegrationDefinition>,
  clock: Clock,
  openHttp: (connection: Connection, integration: IntegrationDefinition) => VendorHttp,
): Sessions {
  const open = new Map<string, { readonly generation: number; readonly session: Session }>();
  return {
    open(connection) {
      const known = open.get(connection.id);
      if (known && known.generation === connection.generation) return known.session;
      const integration = integrations.get(connection.integration);
      if (!integration) throw new Error(`No integration ${connection.integration} in this process.`);
      const http = openHttp(connection, integration);
      let cached: { readonly until: number; readonly references: Promise<References> } | undefined;
      const session: Session = {
        http,
        references(signal) {
          if (!integration.references) return Promise.resolve({ refs: undefined, notices: [] });
          if (cached && clock.now() < cached.until) return cached.references;
          const scopes = connection.scopes ? new Set(connection.scopes) : undefined;
          const references = integration.references({ http, scopes, signal });
          cached = { until: clock.now() + referencesMs, references };
          references.catch(() => {
            cached = undefined;
          });
          return references;
        },
      };
      open.set(connection.id, { generation: connection.generation, session });
      return session;
    },
    forget(connectionId) {
      open.delete(connectionId);
    },
  };
}

/** The same client, whose calls carry a signal and, unless they say otherwise, a priority. */
export function boundHttp(
  http: VendorHttp,
  defaults: { readonly priority: number; readonly signal: AbortSignal },
): VendorHttp {
  const bind = <T>(call: VendorCall<T> | undefined): VendorCall<T> => ({
    priority: defaults.priority,
    signal: defaults.signal,
    ...call,
  });
  return {
    get: (path, call) => http.get(path, bind(call)),
    post: (path, call) => http.post(path, bind(call)),
    put: (path, call) => http.put(path, bind(call)),
    patch: (path, call) => http.patch(path, bind(call)),
    delete: (path, call) => http.delete(path, bind(call)),
    vendorNow: () => http.vendorNow(),
  };
}
