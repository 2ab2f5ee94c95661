import type { EndpointScope } from "../define/webhook.ts";
import { isHaloError } from "../errors.ts";
import { linkSignals, startDeadline } from "../http/deadline.ts";
import type { Connection, ConnectionChange } from "../ports/connection-store.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import type { ConnectionsOptions } from "./connections.ts";
import { sealCredential } from "./credentials.ts";
import { withCredential } from "./with-credential.ts";

/** What is kept of an endpoint that was registered at the vendor; in the settings, where only the engine writes it. */
export const ENDPOINT_SETTING = "webhookEndpoint";

/** Beginning of the notice that stands while a vendor was not told where to send its events. */
const NOT_REGISTERED = "Webhooks were not registered";

/** How long registering may take; what it did not do in time is done at the next connect. */
const REGISTER_MS = 20_000;

export interface Endpoints {
  /** After each connect and reconnect. What the vendor refuses becomes a notice, and never fails the connect. */
  register(connection: Connection): Promise<void>;
  /** At disconnect, with the credentials that the connection had, and when another endpoint takes its place. */
  unregister(connection: Connection): Promise<void>;
}

/** The vendor's id of the endpoint that stands, if Halo registered one. */
export function registeredId({ settings }: Pick<Connection, "settings">): string | undefined {
  const kept = settings[ENDPOINT_SETTING];
  const id = typeof kept === "object" && kept !== null && "id" in kept ? kept.id : undefined;
  return typeof id === "string" ? id : undefined;
}

export function withoutEndpointNotice(notices: readonly string[]): readonly string[] {
  return notices.filter((notice) => !notice.startsWith(NOT_REGISTERED));
}

/** Tells vendors where to send a connection's events, and to stop. */
export function createEndpoints(options: ConnectionsOptions): Endpoints {
  const { engine } = options;
  const { storage, clock, logger, ring } = engine;

  const scopeOf = (connection: Connection, http: VendorHttp, signal: AbortSignal): EndpointScope => ({
    http,
    signal,
    url: `${engine.publicUrl}${engine.base}/${connection.integration}/webhook/${connection.id}`,
    account: connection.account,
    scopes: connection.scopes ? new Set(connection.scopes) : undefined,
    settings: connection.settings,
  });

  /** The vendor was called in between: whatever else changed on the connection meanwhile stays as it is. */
  const store = async (
    { orgId, id, generation }: Connection,
    decide: (connection: Connection) => ConnectionChange,
  ) => {
    for (let attempt = 1; ; attempt++) {
      const now = await storage.connections.get(orgId, id);
      if (now === undefined || now.generation !== generation) return;
      try {
        await storage.connections.change(orgId, id, decide(now), now.revision);
        return;
      } catch (error) {
        if (attempt === 5 || !isHaloError(error, "conflict")) throw error;
      }
    }
  };

  const withNotice = (connection: Connection, reason: string | undefined): readonly string[] => {
    const others = withoutEndpointNotice(connection.notices);
    return reason === undefined ? others : [...others, `${NOT_REGISTERED} (${reason}): set them up by hand.`];
  };

  return {
    async register(connection) {
      const integration = engine.integrations.get(connection.integration);
      const register = integration?.webhooks?.register;
      if (!integration || !register) return;
      // A secret given by hand is of an endpoint made by hand: a second one would send everything twice.
      if (connection.webhookSecret !== undefined && !(ENDPOINT_SETTING in connection.settings)) return;
      const id = connection.webhookSecret === undefined ? undefined : registeredId(connection);
      const known = id === undefined ? undefined : { id };
      const linked = linkSignals([]);
      const deadline = startDeadline(linked.signal, clock, REGISTER_MS);
      let reason: string | undefined;
      try {
        if (engine.publicUrl === undefined) reason = "createHalo was given no `publicUrl`";
        else {
          const { http } = engine.sessions.open(connection);
          const { signal } = deadline;
          const scope = { ...scopeOf(connection, http, signal), known };
          const endpoint = await deadline.race(register(scope));
          if (endpoint === undefined) reason = "this credential may not";
          else {
            const owner = { orgId: connection.orgId, connectionId: connection.id, integration };
            await store(connection, (now) => ({
              settings: { ...now.settings, [ENDPOINT_SETTING]: { id: endpoint.id } },
              ...(endpoint.secret !== undefined && {
                webhookSecret: sealCredential(ring, owner, endpoint.secret, "webhook_secret"),
              }),
              notices: withNotice(now, undefined),
            }));
            return;
          }
        }
      } catch (error) {
        if (!isHaloError(error) && !deadline.expired) throw error;
        reason = isHaloError(error) ? error.code : "vendor_timeout";
        logger.warn("A webhook endpoint could not be registered", { connectionId: connection.id, reason });
      } finally {
        deadline.end();
        linked.end();
      }
      await store(connection, (now) => ({ notices: withNotice(now, reason) }));
    },

    async unregister(connection) {
      const integration = engine.integrations.get(connection.integration);
      const unregister = integration?.webhooks?.unregister;
      const id = registeredId(connection);
      if (!integration || !unregister || id === undefined || engine.publicUrl === undefined) return;
      const ended = await withCredential(options, connection, integration, ({ http, signal }) =>
        unregister({ ...scopeOf(connection, http, signal), id }),
      );
      if (ended !== true) {
        logger.warn("The vendor could not be told to end a webhook endpoint: its events are dropped.", {
          connectionId: connection.id,
        });
        return;
      }
      // The secret stays: what is under way still verifies, and is dropped with a 200 (F55).
      await store(connection, ({ settings }) => ({
        settings: { ...settings, [ENDPOINT_SETTING]: { ended: id } },
      }));
    },
  };
}
