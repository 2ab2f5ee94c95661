import { isHaloError } from "../errors.ts";
import type { Connection, ConnectionChange, ConnectionStore } from "../ports/connection-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import type { Logger } from "../ports/logger.ts";
import { type Owner, openCredential, sealCredential, sealCredentials } from "./credentials.ts";
import { sealedUnder } from "./seal.ts";

/**
 * Seals anew what an older key sealed, one connection a commit: after a crash it goes on where it was, and both keys
 * open everything meanwhile (F48). What cannot be opened is left as it is and told.
 */
export async function rotateKeys(
  deps: { readonly connections: ConnectionStore; readonly ring: KeyRing; readonly logger: Logger },
  orgId: string,
): Promise<number> {
  const { connections, ring, logger } = deps;
  let rotated = 0;
  for (const connection of await connections.list(orgId)) {
    if (!isOld(ring, connection)) continue;
    try {
      rotated += await connections.withCredentials(orgId, connection.id, async (stored) =>
        isOld(ring, stored) ? { change: resealed(ring, stored), result: 1 } : { result: 0 },
      );
    } catch (error) {
      if (!isHaloError(error, "credentials_unreadable")) throw error;
      logger.error("A connection's credentials cannot be opened by any key of the ring", {
        connectionId: connection.id,
      });
    }
  }
  return rotated;
}

function isOld(ring: KeyRing, { credentials, webhookSecret }: Connection): boolean {
  const sealed = [credentials?.accessToken, credentials?.refreshToken, webhookSecret];
  return sealed.some((text) => text !== undefined && sealedUnder(text) !== ring.current);
}

/** The version stays: it is the same token, and nobody has to read it again. */
function resealed(ring: KeyRing, connection: Connection): ConnectionChange {
  const { orgId, id: connectionId, credentials, webhookSecret } = connection;
  const owner: Owner = { orgId, connectionId, integration: { id: connection.integration } };
  const open = openCredential.bind(undefined, ring, owner);
  return {
    ...(credentials && {
      credentials: sealCredentials(ring, owner, {
        ...credentials,
        accessToken: open(credentials.accessToken, "access_token"),
        refreshToken:
          credentials.refreshToken === undefined
            ? undefined
            : open(credentials.refreshToken, "refresh_token"),
      }),
    }),
    ...(webhookSecret && {
      webhookSecret: sealCredential(
        ring,
        owner,
        open(webhookSecret, "webhook_secret").reveal(),
        "webhook_secret",
      ),
    }),
  };
}
