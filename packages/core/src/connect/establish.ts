import type { VendorAccount } from "../define/auth.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { AuthenticationError, ConflictError } from "../errors.ts";
import type { Secret } from "../http/secret.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { uuidv7 } from "../ids.ts";
import type { Connection, ConnectionChange } from "../ports/connection-store.ts";
import type { ConnectionsOptions } from "./connections.ts";
import { sealCredential, sealCredentials } from "./credentials.ts";
import { ENDPOINT_SETTING, type Endpoints } from "./endpoints.ts";
import { ERASE_SETTING, isToErase } from "./erase.ts";
import { newAuthorization } from "./tokens.ts";

/** A credential that is in hand and not stored yet. */
export interface NewCredential {
  readonly orgId: string;
  readonly integration: IntegrationDefinition;
  /** Reconnect this one. */
  readonly connectionId: string | undefined;
  readonly switchAccount: boolean;
  readonly kind: "oauth" | "key";
  readonly accessToken: Secret;
  readonly refreshToken?: Secret | undefined;
  readonly expiresInMs?: number | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly tokenResponse?: { readonly [field: string]: unknown } | undefined;
  readonly webhookSecret?: Secret | undefined;
}

type EstablishOptions = ConnectionsOptions & { readonly endpoints: Endpoints };

type Establish = (credential: NewCredential) => Promise<Connection>;

/** How long a new credential's first calls may take. */
const IDENTIFY_MS = 60_000;

/**
 * From a credential to a connection: whose it is and what it may is asked first, and only then is anything written,
 * in one step (F08).
 */
export function createEstablish(options: EstablishOptions): Establish {
  const { engine, tokens } = options;
  const { storage, ring, clock, events, logger } = engine;
  const store = storage.connections;

  const identify = async (credential: NewCredential) => {
    const { integration, accessToken, tokenResponse } = credential;
    const stop = new AbortController();
    const timer = new AbortController();
    clock.sleep(IDENTIFY_MS, timer.signal).then(
      () => stop.abort(),
      () => {},
    );
    try {
      const http = createVendorHttp({
        definition: integration.http,
        authorization: newAuthorization(accessToken, credential.kind),
        integration: integration.id,
        clock,
        logger,
        fetch: options.fetch,
        unsafeLoopback: options.unsafeLoopback,
        signal: stop.signal,
      });
      const signal = stop.signal;
      return await integration.auth.identify({
        http,
        signal,
        credential: accessToken,
        ...(tokenResponse && { tokenResponse }),
      });
    } finally {
      timer.abort();
    }
  };

  return async (credential) => {
    const { orgId, integration } = credential;
    const identified = await identify(credential);
    const scopes = identified.scopes ?? credential.scopes;
    const notices = [...compareScopes(integration, scopes), ...(identified.notices ?? [])];
    const { account } = identified;
    const place = await placeFor(credential, account);

    const now = new Date(clock.now());
    const fields = (connectionId: string, version: number) => {
      const owner = { orgId, connectionId, integration };
      const { kind, accessToken, refreshToken, expiresInMs, webhookSecret } = credential;
      return {
        state: "connected",
        account,
        credentials: sealCredentials(ring, owner, {
          kind,
          accessToken,
          refreshToken,
          expiresAt: expiresInMs === undefined ? undefined : now.getTime() + expiresInMs,
          version,
        }),
        ...(webhookSecret && {
          webhookSecret: sealCredential(ring, owner, webhookSecret.reveal(), "webhook_secret"),
        }),
        scopes,
        authError: undefined,
        blockedUntil: undefined,
        notices,
      } satisfies ConnectionChange;
    };

    let connection: Connection;
    if (place.reconnect) {
      const { id } = place.reconnect;
      await store.withCredentials(orgId, id, async (stored) => {
        requireNotErasing(stored);
        return {
          change: {
            ...fields(id, (stored.credentials?.version ?? stored.generation) + 1),
            // With a secret given by hand, the endpoint that Halo made is not the one that it belongs to.
            ...(credential.webhookSecret && { settings: ownSettings(stored.settings) }),
            generation: stored.generation + 1,
          },
          result: undefined,
        };
      });
      connection = (await store.get(orgId, id)) ?? place.reconnect;
    } else {
      const id = uuidv7(now.getTime());
      connection = {
        id,
        orgId,
        integration: integration.id,
        webhookSecret: undefined,
        ...fields(id, 1),
        modes: place.like?.modes ?? {},
        settings: ownSettings(place.like?.settings ?? integration.defaultSettings ?? {}),
        lastSyncedAt: undefined,
        nextSyncAt: undefined,
        generation: 1,
        createdAt: now,
        updatedAt: now,
        revision: 1,
      };
      await store.create(connection);
      connection = (await store.get(orgId, id)) ?? connection;
      if (place.like) await retire(place.like);
    }
    tokens.forget(connection.id);
    engine.sessions.forget(connection.id);
    events.emit("connection.connected", { orgId, connectionId: connection.id, integration: integration.id });
    await options.connected(connection);
    await options.endpoints.register(connection);
    return (await store.get(orgId, connection.id)) ?? connection;
  };

  /** Which connection the account belongs to. A second one of one account would double every record. */
  async function placeFor(
    { orgId, integration, connectionId, switchAccount }: NewCredential,
    account: VendorAccount,
  ): Promise<{ readonly reconnect?: Connection; readonly like?: Connection }> {
    const all = await store.list(orgId, integration.id);
    const same = all.find((one) => one.account.id === account.id);
    if (connectionId === undefined) return same ? { reconnect: same } : {};
    const wanted = all.find((one) => one.id === connectionId);
    if (wanted === undefined || wanted.account.id === account.id) return wanted ? { reconnect: wanted } : {};
    if (!switchAccount) {
      throw new ConflictError(
        "This credential opens another account than the connection's: log in to that one, or switch on purpose.",
        { code: "account_mismatch", current: wanted.account.id },
      );
    }
    // What came from the old account stays under the old connection, and nothing of the new one comes there (F47).
    if (!same) return { like: wanted };
    await retire(wanted);
    return { reconnect: same };
  }

  async function retire(old: Connection): Promise<void> {
    if (old.state === "disconnected") return;
    await store.withCredentials(old.orgId, old.id, async () => ({
      change: { state: "disconnected", credentials: undefined, authError: undefined, nextSyncAt: undefined },
      result: undefined,
    }));
    tokens.forget(old.id);
    engine.sessions.forget(old.id);
    await options.endpoints.unregister(old);
    const { orgId, integration } = old;
    events.emit("connection.disconnected", { orgId, connectionId: old.id, integration });
  }
}

/** Compares what was granted with the table (T19). Returns what an admin should know; throws for what is needed. */
function compareScopes(integration: IntegrationDefinition, granted: readonly string[] | undefined): string[] {
  if (granted === undefined) return [];
  const have = new Set(granted);
  const missing = integration.auth.scopes.filter(({ scope }) => !have.has(scope));
  const needed = missing.filter((scope) => !scope.optional).map(({ scope }) => scope);
  if (needed.length > 0) {
    throw new AuthenticationError(
      `${integration.name} granted less than is needed. Missing: ${needed.join(", ")}. Connect again and agree to all of them.`,
      { missingScopes: needed },
    );
  }
  return missing.map(({ scope, reason }) => `${scope} was not granted. ${reason}`);
}

/** What a new connect brought would be erased with the rest. */
function requireNotErasing(connection: Connection): void {
  if (!isToErase(connection)) return;
  throw new ConflictError("What this connection brought is being erased: connect again when that is done.", {
    current: "erasing",
  });
}

/** What belongs to the connection itself, and not to the endpoint that was made for it. */
function ownSettings(settings: Connection["settings"]): Connection["settings"] {
  const { [ENDPOINT_SETTING]: _endpoint, [ERASE_SETTING]: _erase, ...own } = settings;
  return own;
}
