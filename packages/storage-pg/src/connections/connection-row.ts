import type { Connection, ConnectionChange } from "@halo/core";

/** A row of `connections` as it is read. */
export interface ConnectionRow {
  readonly id: string;
  readonly org_id: string;
  readonly integration: string;
  readonly state: Connection["state"];
  readonly account: Connection["account"];
  readonly credentials: NonNullable<Connection["credentials"]> | null;
  readonly webhook_secret: string | null;
  readonly scopes: readonly string[] | null;
  readonly modes: Connection["modes"];
  readonly settings: Connection["settings"];
  readonly auth_error: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly blocked_until: Date | null;
  readonly last_synced_at: Date | null;
  readonly next_sync_at: Date | null;
  readonly generation: number;
  readonly notices: readonly string[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly revision: number;
}

export const connectionColumns = `id, org_id, integration, state, account, credentials, webhook_secret, scopes, modes,
  settings, auth_error, blocked_until, last_synced_at, next_sync_at, generation, notices, created_at, updated_at, revision`;

export function toConnection(row: ConnectionRow): Connection {
  return {
    id: row.id,
    orgId: row.org_id,
    integration: row.integration,
    state: row.state,
    account: row.account,
    credentials: row.credentials ?? undefined,
    webhookSecret: row.webhook_secret ?? undefined,
    scopes: row.scopes ?? undefined,
    modes: row.modes,
    settings: row.settings,
    authError: row.auth_error ? { ...row.auth_error, at: new Date(row.auth_error.at) } : undefined,
    blockedUntil: row.blocked_until ?? undefined,
    lastSyncedAt: row.last_synced_at ?? undefined,
    nextSyncAt: row.next_sync_at ?? undefined,
    generation: row.generation,
    notices: row.notices,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
const plain = (value: unknown) => value ?? null;

/** Column and value of each field that may change. */
export const fieldColumns: {
  readonly [field in keyof Required<ConnectionChange>]: readonly [
    column: string,
    type: string,
    write: (value: unknown) => unknown,
  ];
} = {
  state: ["state", "text", plain],
  account: ["account", "jsonb", json],
  credentials: ["credentials", "jsonb", json],
  webhookSecret: ["webhook_secret", "text", plain],
  scopes: ["scopes", "jsonb", json],
  modes: ["modes", "jsonb", json],
  settings: ["settings", "jsonb", json],
  authError: ["auth_error", "jsonb", json],
  blockedUntil: ["blocked_until", "timestamptz", plain],
  lastSyncedAt: ["last_synced_at", "timestamptz", plain],
  nextSyncAt: ["next_sync_at", "timestamptz", plain],
  generation: ["generation", "integer", plain],
  notices: ["notices", "jsonb", json],
};
