import { type Engine, integrationOf } from "../engine/engine.ts";
import {
  AuthenticationError,
  ConfigurationError,
  ConflictError,
  isHaloError,
  ValidationError,
} from "../errors.ts";
import { modeIsOn } from "../gate/modes.ts";
import { connectionView } from "../halo/connection-view.ts";
import type { Connections, ConnectionView } from "../halo/surface.ts";
import { secret } from "../http/secret.ts";
import type { Connection, ConnectionChange } from "../ports/connection-store.ts";
import { createAttempts } from "./attempt.ts";
import { openCredential, sealCredential } from "./credentials.ts";
import { createEndpoints, ENDPOINT_SETTING, withoutEndpointNotice } from "./endpoints.ts";
import { ERASE_SETTING } from "./erase.ts";
import { createEstablish } from "./establish.ts";
import { giveBack } from "./give-back.ts";
import { createVerifier, type OAuthClient } from "./oauth.ts";
import { checkReturnTo } from "./return-to.ts";
import { rotateKeys } from "./rotate-keys.ts";
import { mergeSettings, streamsOf } from "./settings.ts";
import type { Tokens } from "./tokens.ts";

export interface ConnectionsOptions {
  readonly engine: Engine;
  readonly tokens: Tokens;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly unsafeLoopback: boolean;
  /** Paths within the host's site that a user may be sent back to. */
  readonly returnTo: readonly string[];
  /** After a connect or reconnect is stored: starts the first sync and the schedule. */
  readonly connected: (connection: Connection) => Promise<void>;
  readonly streamsAdded: (connection: Connection, streams: readonly string[]) => Promise<void>;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { engine, tokens } = options;
  const { storage, ring, clock, events, logger } = engine;
  const store = storage.connections;
  const attempts = createAttempts({ connections: store, ring, clock });
  const endpoints = createEndpoints(options);
  const establish = createEstablish({ ...options, endpoints });

  const required = async (orgId: string, connectionId: string): Promise<Connection> => {
    const connection = await store.get(orgId, connectionId);
    if (connection !== undefined) return connection;
    throw new ValidationError("The org has no such connection: list its connections.", {
      code: "not_found",
      path: "connectionId",
      reason: "unknown",
    });
  };

  const oauthOf = (integration: string): OAuthClient => {
    const client = tokens.oauth(integrationOf(engine, integration));
    if (client !== undefined) return client;
    throw new ConfigurationError(
      `"${integration}" was given no OAuth client: give its integration a client id and secret, or connect with a key.`,
      { option: "integrations" },
    );
  };

  /** Reads, changes and stores; again when somebody else was first. */
  const change = async (
    orgId: string,
    connectionId: string,
    decide: (connection: Connection) => ConnectionChange,
  ): Promise<{ readonly before: Connection; readonly after: Connection }> => {
    for (let attempt = 1; ; attempt++) {
      const before = await required(orgId, connectionId);
      try {
        const after = await store.change(orgId, connectionId, decide(before), before.revision);
        return { before, after };
      } catch (error) {
        if (attempt === 5 || !isHaloError(error, "conflict")) throw error;
      }
    }
  };

  return {
    async begin(request) {
      const { orgId, integration, session, redirectUri, connectionId } = request;
      const client = oauthOf(integration);
      if (orgId === "" || session === "") {
        throw new ValidationError("An attempt to connect belongs to an org and to a browser's session.", {
          path: orgId === "" ? "orgId" : "session",
          reason: "empty",
        });
      }
      checkRedirectUri(redirectUri, engine.publicUrl);
      const returnTo = checkReturnTo(request.returnTo, options.returnTo);
      if (connectionId !== undefined) await existing(orgId, connectionId, integration);
      const verifier = createVerifier();
      const state = await attempts.open(integration, session, {
        orgId,
        connectionId,
        switchAccount: request.switchAccount ?? false,
        redirectUri,
        returnTo,
        verifier,
      });
      const { scopes } = integrationOf(engine, integration).auth;
      return { url: client.authorizeUrl({ redirectUri, state, verifier, scopes }), state };
    },

    async complete({ integration, session, parameters, redirectUri }) {
      const client = oauthOf(integration);
      const states = parameters.getAll("state");
      const attempt = await attempts.take(
        integration,
        session,
        redirectUri,
        states.length === 1 ? (states[0] ?? null) : null,
      );
      const { verifier, orgId, connectionId, switchAccount, returnTo } = attempt;
      const grant = await client.exchange({ parameters, redirectUri, verifier });
      const connection = await establish({
        orgId,
        integration: integrationOf(engine, integration),
        connectionId,
        switchAccount,
        kind: "oauth",
        accessToken: grant.accessToken,
        refreshToken: grant.refreshToken,
        expiresInMs: grant.expiresInMs,
        scopes: grant.scopes,
        tokenResponse: grant.response,
      });
      return { connection: connectionView(connection), returnTo };
    },

    async connectWithKey(request) {
      const integration = integrationOf(engine, request.integration);
      const definition = integration.auth.key;
      const key = request.key.trim();
      const wrong =
        definition === undefined
          ? `${integration.name} takes no key: connect by OAuth.`
          : /^[\x21-\x7e]{1,4096}$/.test(key)
            ? definition.check?.(key)
            : "A key has no white space in it, and is not empty.";
      if (wrong !== undefined) {
        throw new ValidationError(wrong, { path: "key", reason: "not a key of this vendor" });
      }
      if (request.connectionId !== undefined) {
        await existing(request.orgId, request.connectionId, integration.id);
      }
      const connection = await establish({
        orgId: request.orgId,
        integration,
        connectionId: request.connectionId,
        switchAccount: request.switchAccount ?? false,
        kind: "key",
        accessToken: secret(key),
        webhookSecret: request.webhookSecret === undefined ? undefined : secret(request.webhookSecret),
      });
      return connectionView(connection);
    },

    get: async (orgId, connectionId) => connectionView(await required(orgId, connectionId)),

    list: async (orgId, integration) => (await store.list(orgId, integration)).map(connectionView),

    async setMode(orgId, connectionId, mode, on) {
      const { after } = await change(orgId, connectionId, (before) => {
        const integration = integrationOf(engine, before.integration);
        if (!integration.modes[mode]) {
          throw new ValidationError(`${integration.name} has no ${mode}.`, {
            path: "mode",
            reason: "unavailable",
          });
        }
        return { modes: { ...before.modes, [mode]: on } };
      });
      const integration = integrationOf(engine, after.integration);
      const modes = {
        ingest: modeIsOn(integration, after, "ingest"),
        actions: modeIsOn(integration, after, "actions"),
        notifications: modeIsOn(integration, after, "notifications"),
      };
      events.emit("connection.modes_changed", { orgId, connectionId, modes });
      return connectionView(after);
    },

    async setSettings(orgId, connectionId, settings) {
      const { before, after } = await change(orgId, connectionId, (stored) => ({
        settings: mergeSettings(integrationOf(engine, stored.integration), stored.settings, settings),
      }));
      const integration = integrationOf(engine, after.integration);
      const earlier = streamsOf(integration, before.settings);
      const added = [...streamsOf(integration, after.settings)].filter((stream) => !earlier.has(stream));
      if (added.length > 0 && after.state === "connected" && modeIsOn(integration, after, "ingest")) {
        await options.streamsAdded(after, added);
      }
      return connectionView(after);
    },

    async setWebhookSecret(orgId, connectionId, given) {
      const stored = await required(orgId, connectionId);
      const integration = integrationOf(engine, stored.integration);
      if (!integration.webhooks || !/^[\x21-\x7e]{1,4096}$/.test(given)) {
        throw new ValidationError(
          integration.webhooks
            ? "A webhook's secret has no white space in it, and is not empty."
            : `${integration.name} has no webhooks.`,
          { path: "webhookSecret", reason: integration.webhooks ? "not a secret" : "unavailable" },
        );
      }
      // Two endpoints would send everything twice.
      await endpoints.unregister(stored);
      const owner = { orgId, connectionId, integration };
      const { after } = await change(orgId, connectionId, ({ settings, notices }) => {
        const { [ENDPOINT_SETTING]: _endpoint, ...own } = settings;
        return {
          webhookSecret: sealCredential(ring, owner, given, "webhook_secret"),
          settings: own,
          notices: withoutEndpointNotice(notices),
        };
      });
      return connectionView(after);
    },

    disconnect,

    async erase(orgId, connectionId) {
      await disconnect(orgId, connectionId);
      const { after } = await change(orgId, connectionId, ({ settings, state }) => {
        if (state === "connected") {
          throw new ConflictError("The connection was made anew meanwhile: erase it again if you mean it.", {
            current: state,
          });
        }
        return { settings: { ...settings, [ERASE_SETTING]: true } };
      });
      await storage.leases.wake([{ kind: "inbox", orgId, subject: connectionId }]);
      return connectionView(after);
    },

    rotateKeys: (orgId) => rotateKeys({ connections: store, ring, logger }, orgId),
  };

  async function disconnect(orgId: string, connectionId: string): Promise<ConnectionView> {
    await required(orgId, connectionId);
    // Under the credentials' lock, so that no refresh in flight writes a token back.
    const ended = await store.withCredentials(orgId, connectionId, async (stored) => ({
      ...(stored.state === "disconnected" && stored.credentials === undefined
        ? {}
        : {
            change: {
              state: "disconnected",
              credentials: undefined,
              authError: undefined,
              blockedUntil: undefined,
              nextSyncAt: undefined,
            } satisfies ConnectionChange,
          }),
      result: stored,
    }));
    tokens.forget(connectionId);
    engine.sessions.forget(connectionId);
    if (ended.state !== "disconnected") {
      await endpoints.unregister(ended);
      await revoke(ended);
      events.emit("connection.disconnected", { orgId, connectionId, integration: ended.integration });
    }
    return connectionView(await required(orgId, connectionId));
  }

  async function existing(orgId: string, connectionId: string, integration: string): Promise<void> {
    const connection = await required(orgId, connectionId);
    if (connection.integration === integration) return;
    throw new ConflictError(`The connection is one to "${connection.integration}": reconnect it there.`, {
      current: connection.integration,
    });
  }

  /** Best effort: the tokens are gone here already, and a vendor that is away must not keep a user connected. */
  async function revoke(connection: Connection): Promise<void> {
    const { credentials } = connection;
    const integration = engine.integrations.get(connection.integration);
    if (integration === undefined || credentials?.kind !== "oauth") return;
    let revoked = false;
    try {
      const owner = { orgId: connection.orgId, connectionId: connection.id, integration };
      const { revoke: own } = integration.auth;
      if (own) revoked = await giveBack(options, connection, integration, own);
      else {
        const token = credentials.refreshToken
          ? openCredential(ring, owner, credentials.refreshToken, "refresh_token")
          : openCredential(ring, owner, credentials.accessToken, "access_token");
        revoked = (await tokens.oauth(integration)?.revoke(token)) ?? false;
      }
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
    }
    if (!revoked) {
      logger.warn("The vendor could not be told to revoke a token: it stays good there until it ends.", {
        connectionId: connection.id,
      });
    }
  }
}

function checkRedirectUri(redirectUri: string, publicUrl: string | undefined): void {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  const reason =
    url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.hash !== ""
      ? "not an absolute http(s) URL"
      : publicUrl !== undefined && url.origin !== publicUrl
        ? "not below `publicUrl`"
        : undefined;
  if (reason === undefined) return;
  throw new ValidationError(`The redirect URI is ${reason}: give the callback's own address.`, {
    path: "redirectUri",
    reason,
  });
}
