import { ConflictError, type Connection } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { writeRoute } from "./routes.ts";

/** The connection and its route, together. */
export async function createConnection(tx: Tx, connection: Connection): Promise<void> {
  const { count } = await tx.query(insert, [
    connection.orgId,
    connection.id,
    connection.integration,
    connection.state,
    connection.account.id,
    JSON.stringify(connection.account),
    connection.credentials ? JSON.stringify(connection.credentials) : null,
    connection.webhookSecret ?? null,
    connection.scopes ? JSON.stringify(connection.scopes) : null,
    JSON.stringify(connection.modes),
    JSON.stringify(connection.settings),
    connection.authError ? JSON.stringify(connection.authError) : null,
    connection.blockedUntil ?? null,
    connection.lastSyncedAt ?? null,
    connection.nextSyncAt ?? null,
    connection.generation,
    JSON.stringify(connection.notices),
    connection.createdAt,
    connection.updatedAt,
    connection.revision,
  ]);
  if (count === 0) {
    throw new ConflictError("There is a connection of this id already: read it, and change that one.");
  }
  await writeRoute(tx, connection);
}

const insert = `
  insert into connections (org_id, id, integration, state, account_id, account, credentials, webhook_secret, scopes,
    modes, settings, auth_error, blocked_until, last_synced_at, next_sync_at, generation, notices, created_at,
    updated_at, revision)
  values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb, $13, $14, $15,
    $16, $17::jsonb, $18, $19, $20)
  on conflict (org_id, id) do nothing`;
