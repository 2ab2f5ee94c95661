import type { IntegrationDefinition } from "../define/integration.ts";
import { AuthenticationError, CancelledError, type HaloError, isHaloError, VendorError } from "../errors.ts";
import type { Events } from "../events.ts";
import { type Secret, secret } from "../http/secret.ts";
import type { Access, Authorization } from "../http/vendor-http.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection, ConnectionChange, SealedCredentials } from "../ports/connection-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import type { Logger } from "../ports/logger.ts";
import type { Storage } from "../ports/storage.ts";
import { openCredential, sealCredentials } from "./credentials.ts";
import { createOAuthClient, type Grant, type OAuthClient } from "./oauth.ts";

export interface TokensOptions {
  readonly storage: Pick<Storage, "connections">;
  readonly ring: KeyRing;
  readonly integrations: ReadonlyMap<string, IntegrationDefinition>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly unsafeLoopback: boolean;
}

/** The access tokens of all connections of this process. */
export interface Tokens {
  of(connection: Connection): Authorization;
  /** After a disconnect or a reconnect. */
  forget(connectionId: string): void;
  /** Undefined where the integration has no OAuth. */
  oauth(integration: IntegrationDefinition): OAuthClient | undefined;
}

/** What is known of one connection's token. One for each generation: a reconnect begins anew. */
interface Held {
  readonly orgId: string;
  readonly connectionId: string;
  readonly generation: number;
  readonly integration: IntegrationDefinition;
  /** As the connection came; opened at the first use. */
  first: SealedCredentials | undefined;
  /** The banner of unreadable credentials stands; the key may have come back. */
  shownUnreadable: boolean;
  token: { readonly access: Access; readonly expiresAt: number; readonly aheadMs: number } | undefined;
  refreshing: Promise<Access> | undefined;
  /** The token endpoint failed so often in a row; not asked before `askAgainAt`. */
  failures: number;
  askAgainAt: number;
  /** Access is over: nothing is asked any more (F42). */
  lost: AuthenticationError | undefined;
}

/** A token is renewed so long before its end: 5 minutes, or a tenth of its life if that is shorter. */
const AHEAD_MS = 5 * 60_000;
/** For a token from the store, whose whole life is not known. */
const AHEAD_UNKNOWN_MS = 60_000;
const BACKOFF_MS = 1_000;
const BACKOFF_CAP_MS = 60_000;

export function createTokens(options: TokensOptions): Tokens {
  const { storage, ring, clock, logger, events, integrations } = options;
  const held = new Map<string, Held>();
  const clients = new Map<string, OAuthClient>();

  const oauth = (integration: IntegrationDefinition): OAuthClient | undefined => {
    const definition = integration.auth.oauth;
    if (definition === undefined) return undefined;
    let client = clients.get(integration.id);
    if (client === undefined) {
      const { unsafeLoopback, fetch } = options;
      client = createOAuthClient({ definition, clock, fetch, unsafeLoopback });
      clients.set(integration.id, client);
    }
    return client;
  };

  const open = (one: Held, credentials: SealedCredentials, aheadMs = AHEAD_UNKNOWN_MS): Access => {
    const token = openCredential(ring, one, credentials.accessToken, "access_token");
    const access = { token, version: credentials.version, kind: credentials.kind };
    one.token = { access, expiresAt: credentials.expiresAt ?? Number.POSITIVE_INFINITY, aheadMs };
    return access;
  };

  const access = async (one: Held): Promise<Access> => {
    if (one.lost) throw one.lost;
    if (one.first) {
      const { first } = one;
      one.first = undefined;
      await readable(one, () => open(one, first));
      if (one.shownUnreadable) {
        one.shownUnreadable = false;
        await storage.connections.change(one.orgId, one.connectionId, { authError: undefined });
      }
    }
    const { token } = one;
    const now = clock.now();
    if (token && now < token.expiresAt - token.aheadMs) return token.access;
    const usable = token && now < token.expiresAt ? token : undefined;
    if (now < one.askAgainAt && !one.refreshing) {
      if (usable) return usable.access;
      throw away(one.askAgainAt);
    }
    try {
      return await refresh(one, undefined);
    } catch (error) {
      // It was ahead of time: what we have still holds.
      if (usable && isHaloError(error) && error.retryable) return usable.access;
      throw error;
    }
  };

  /** One refresh at a time in this process, and one over all processes (F41). */
  const refresh = (one: Held, rejected: Access | undefined): Promise<Access> => {
    one.refreshing ??= exchange(one, rejected).finally(() => {
      one.refreshing = undefined;
    });
    return one.refreshing;
  };

  const exchange = async (one: Held, rejected: Access | undefined): Promise<Access> => {
    const known = rejected?.version ?? one.token?.access.version ?? 0;
    try {
      const outcome = await storage.connections.withCredentials(one.orgId, one.connectionId, (stored) =>
        readable(one, () => underLock(one, stored, known)),
      );
      one.failures = 0;
      one.askAgainAt = 0;
      if ("access" in outcome) return outcome.access;
      throw lose(one, outcome.lost, outcome.told);
    } catch (error) {
      if (isHaloError(error) && error.code.startsWith("vendor_")) {
        one.askAgainAt = clock.now() + Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** one.failures++);
      }
      throw error;
    }
  };

  type Outcome = { readonly access: Access } | { readonly lost: AuthenticationError; readonly told: boolean };

  /** What is stored now decides: somebody else may have refreshed, disconnected or reconnected. */
  const underLock = async (
    one: Held,
    stored: Connection,
    known: number,
  ): Promise<{ readonly change?: ConnectionChange; readonly result: Outcome }> => {
    const { credentials } = stored;
    if (stored.generation !== one.generation || !credentials || stored.state === "disconnected") {
      // Work of an older connect: it ends here, and the connection itself is well or gone.
      throw new CancelledError("a disconnect or a reconnect");
    }
    if (stored.state === "auth_error") return { result: { lost: lostError(one), told: true } };
    if (credentials.version > known) {
      const opened = open(one, credentials);
      const { expiresAt } = credentials;
      if (expiresAt === undefined || clock.now() < expiresAt) return { result: { access: opened } };
    }
    const client = oauth(one.integration);
    if (client === undefined || credentials.refreshToken === undefined) {
      const lost = lostError(one);
      return { change: authError(lost), result: { lost, told: false } };
    }
    const refreshToken = openCredential(ring, one, credentials.refreshToken, "refresh_token");
    let grant: Grant;
    try {
      grant = await client.refresh(refreshToken);
    } catch (error) {
      if (!isHaloError(error, "reconnect_required")) throw error;
      const lost = lostError(one);
      return { change: authError(lost), result: { lost, told: false } };
    }
    // Nothing between the rotation and its commit (F09): the store writes what is returned here.
    const renewed = sealCredentials(ring, one, {
      kind: "oauth",
      accessToken: grant.accessToken,
      refreshToken: grant.refreshToken ?? refreshToken,
      expiresAt: grant.expiresInMs === undefined ? undefined : clock.now() + grant.expiresInMs,
      version: credentials.version + 1,
    });
    const change: ConnectionChange = { credentials: renewed };
    if (stored.authError !== undefined) change.authError = undefined;
    const ahead = Math.min(AHEAD_MS, (grant.expiresInMs ?? Number.POSITIVE_INFINITY) / 10);
    return { change, result: { access: open(one, renewed, ahead) } };
  };

  const authError = (lost: AuthenticationError): ConnectionChange => ({
    state: "auth_error",
    authError: { code: lost.code, message: lost.message, at: new Date(clock.now()) },
  });

  const lose = (one: Held, lost: AuthenticationError, told: boolean): AuthenticationError => {
    one.lost = lost;
    one.token = undefined;
    if (!told) tell(one, lost);
    return lost;
  };

  const tell = (one: Held, { code }: HaloError) => {
    const { orgId, connectionId } = one;
    logger.warn("A connection lost access: an admin has to reconnect it.", { connectionId, code });
    events.emit("connection.lost_access", { orgId, connectionId, integration: one.integration.id, code });
  };

  /**
   * What cannot be opened shows as a banner and leaves the state alone: a key that was left out of the ring by mistake
   * must not cost every customer a reconnect.
   */
  const readable = async <T>(one: Held, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isHaloError(error, "credentials_unreadable")) throw error;
      const { orgId, connectionId } = one;
      one.lost = error as unknown as AuthenticationError;
      // Not within this call: it may hold the lock that the change waits for.
      const { authError: shown } = authError(one.lost);
      queueMicrotask(() => {
        storage.connections
          .change(orgId, connectionId, { authError: shown })
          .then(() => tell(one, error))
          .catch(() =>
            logger.error("A connection's unreadable credentials could not be shown", { connectionId }),
          );
      });
      throw error;
    }
  };

  return {
    of(connection) {
      let one = held.get(connection.id);
      if (one?.generation !== connection.generation || one.orgId !== connection.orgId) {
        const integration = integrations.get(connection.integration);
        if (integration === undefined) throw new TypeError(`No integration ${connection.integration} here.`);
        one = {
          orgId: connection.orgId,
          connectionId: connection.id,
          generation: connection.generation,
          integration,
          first: connection.credentials,
          shownUnreadable:
            connection.state === "connected" && connection.authError?.code === "credentials_unreadable",
          token: undefined,
          refreshing: undefined,
          failures: 0,
          askAgainAt: 0,
          lost: connection.state === "connected" ? undefined : lostError({ connectionId: connection.id }),
        };
        held.set(connection.id, one);
      }
      const entry = one;
      return {
        access: () => access(entry),
        async renew(rejected) {
          if (entry.lost) throw entry.lost;
          const current = entry.token?.access;
          if (current && current.version > rejected.version) return current;
          return refresh(entry, rejected);
        },
        async refused(rejected) {
          if (entry.lost) return entry.lost;
          const lost = lostError(entry);
          const told = await storage.connections.withCredentials(
            entry.orgId,
            entry.connectionId,
            async (stored) => {
              const ours =
                stored.generation === entry.generation &&
                stored.state === "connected" &&
                stored.credentials?.version === rejected.version;
              return ours ? { change: authError(lost), result: false } : { result: true };
            },
          );
          return lose(entry, lost, told);
        },
      };
    },
    forget(connectionId) {
      held.delete(connectionId);
    },
    oauth,
  };
}

function lostError({ connectionId }: { readonly connectionId: string }): AuthenticationError {
  return new AuthenticationError("The vendor ended the access that it had given: reconnect.", {
    connectionId,
  });
}

function away(retryAt: number): VendorError {
  return new VendorError(
    `The vendor's token endpoint failed: it is asked again at ${new Date(retryAt).toISOString()}.`,
    { retryable: true, reason: "token_endpoint" },
  );
}

/** A credential that is not stored yet: the first call of a new connection. */
export function newAuthorization(token: Secret, kind?: "oauth" | "key"): Authorization {
  return {
    access: async () => ({ token, version: 0, kind }),
    renew: async () => undefined,
    refused: async () =>
      new AuthenticationError("The vendor does not accept this credential: check it, and connect again."),
  };
}

/** For tests and tools that hold a token in clear. */
export function fixedAuthorization(token: string): Authorization {
  return newAuthorization(secret(token));
}
