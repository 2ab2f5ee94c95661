import { uuidv7 } from "../ids.ts";
import type { Connection } from "../ports/connection-store.ts";

/**
 * A connection as it is stored, for tests that need one without having connected: to "acme", with an account of its own
 * and nothing granted, chosen or failed. Name what matters to the test; `at` is when it was made: when the fake clock
 * begins, if not told otherwise.
 */
export function connectionOf(
  orgId: string,
  like: Partial<Connection> = {},
  at = new Date(Date.UTC(2026, 0, 1)),
): Connection {
  const id = like.id ?? uuidv7(at.getTime());
  return {
    id,
    orgId,
    integration: "acme",
    state: "connected",
    account: { id: `account-${id}` },
    credentials: { kind: "key", accessToken: "sealed", version: 1 },
    webhookSecret: undefined,
    scopes: undefined,
    modes: {},
    settings: {},
    authError: undefined,
    blockedUntil: undefined,
    lastSyncedAt: undefined,
    nextSyncAt: undefined,
    generation: 1,
    notices: [],
    createdAt: at,
    updatedAt: at,
    revision: 1,
    ...like,
  };
}
