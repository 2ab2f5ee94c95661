import type { VendorAccount } from "../define/auth.ts";
import type { Json } from "../define/json.ts";

export type Mode = "ingest" | "actions" | "notifications";

/** What a user sees (I10). `syncing` and `sync_error` are derived from the runs, and not stored. */
export type ConnectionState = "connected" | "auth_error" | "disconnected";

/** A credential's fields, each sealed by itself (connect/seal.ts); the store never sees one in clear. */
export interface SealedCredentials {
  readonly kind: "oauth" | "key";
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** When the access token ends, epoch ms by our clock. */
  readonly expiresAt?: number;
  /** Grows with every change, so that a refresh can tell whether somebody else refreshed. */
  readonly version: number;
}

export interface Connection {
  readonly id: string;
  readonly orgId: string;
  readonly integration: string;
  readonly state: ConnectionState;
  readonly account: VendorAccount;
  /** Undefined once disconnected. */
  readonly credentials: SealedCredentials | undefined;
  /** Sealed: the secret of this connection's own webhook, where the vendor has one per connection. */
  readonly webhookSecret: string | undefined;
  readonly scopes: readonly string[] | undefined;
  /** Unset: ingest on, actions on, notifications off. */
  readonly modes: { readonly [mode in Mode]?: boolean };
  readonly settings: { readonly [name: string]: Json | undefined };
  /** Why `auth_error`: a code and what to do, no secret. */
  readonly authError: { readonly code: string; readonly message: string; readonly at: Date } | undefined;
  /** No call to the vendor before then, for any worker (a 429 elsewhere). */
  readonly blockedUntil: Date | undefined;
  /** When the last sync of all its streams began, by the vendor's clock, and when it was through, by ours. */
  readonly lastSyncedAt: Date | undefined;
  readonly nextSyncAt: Date | undefined;
  /** Grows with every connect and reconnect: work begun under another one is stale. */
  readonly generation: number;
  /** Things an admin should know that are no errors: "owners: scope not granted, rows show ids". */
  readonly notices: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Optimistic lock of `change`. */
  readonly revision: number;
}

/** A field that is present is set, undefined included; one that is absent stays. */
export type ConnectionChange = {
  -readonly [field in
    | "state"
    | "account"
    | "credentials"
    | "webhookSecret"
    | "scopes"
    | "modes"
    | "settings"
    | "authError"
    | "blockedUntil"
    | "lastSyncedAt"
    | "nextSyncAt"
    | "generation"
    | "notices"]?: Connection[field];
};

/** Where a delivery belongs. */
export interface Route {
  readonly orgId: string;
  readonly connectionId: string;
}

export interface ConnectionStore {
  /** Stores a connection and its route (integration, account) in one transaction. */
  create(connection: Connection): Promise<void>;
  get(orgId: string, connectionId: string): Promise<Connection | undefined>;
  list(orgId: string, integration?: string): Promise<readonly Connection[]>;
  /**
   * Changes fields, and the route with the account and the state (a disconnected one keeps its route, so that its
   * deliveries are told apart from unknown ones). Throws `conflict` when `revision` is not the stored one.
   */
  change(
    orgId: string,
    connectionId: string,
    change: ConnectionChange,
    revision?: number,
  ): Promise<Connection>;
  /**
   * Changes the credentials while no other process can: locks the row, hands over what is stored now, and stores what
   * comes back, on a connection of its own (I2). `change` returning undefined stores nothing. A holder that dies frees
   * the lock at once.
   */
  withCredentials<T>(
    orgId: string,
    connectionId: string,
    work: (connection: Connection) => Promise<{ readonly change?: ConnectionChange; readonly result: T }>,
  ): Promise<T>;
  /** Every connection of a vendor's account, over all orgs: the one look-up that needs no org. */
  route(integration: string, account: string): Promise<readonly Route[]>;
  /** By what stands in the path: an org id or a connection id. Several, if an org has several connections. */
  routeByKey(integration: string, routeKey: string): Promise<readonly Route[]>;
  /** Every connection's route of an integration, for the scheduler; pages by `after`. */
  routes(
    after: string | undefined,
    limit: number,
  ): Promise<readonly (Route & { readonly integration: string })[]>;
  /** Remembers an OAuth attempt until `expiresAt`. */
  rememberAttempt(orgId: string, nonceHash: string, expiresAt: Date): Promise<void>;
  /** True exactly once for each attempt that has not expired. */
  useAttempt(orgId: string, nonceHash: string, now: Date): Promise<boolean>;
}
