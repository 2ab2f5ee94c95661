import type { AuthDefinition } from "../define/auth.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { isHaloError } from "../errors.ts";
import { linkSignals, startDeadline } from "../http/deadline.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { ConnectionsOptions } from "./connections.ts";
import { openCredential } from "./credentials.ts";
import { newAuthorization } from "./tokens.ts";

/** How long a vendor may take to be told that access is over. */
const deadlineMs = 10_000;

/** Gives a connection's access token back in the vendor's own way; one that has run out is renewed for it. */
export async function giveBack(
  { engine, fetch, tokens, unsafeLoopback }: ConnectionsOptions,
  connection: Connection,
  integration: IntegrationDefinition,
  revoke: NonNullable<AuthDefinition["revoke"]>,
): Promise<boolean> {
  const { clock, logger, ring } = engine;
  const { credentials } = connection;
  if (!credentials) return false;
  const owner = { orgId: connection.orgId, connectionId: connection.id, integration };
  let token = openCredential(ring, owner, credentials.accessToken, "access_token");
  const linked = linkSignals([]);
  const deadline = startDeadline(linked.signal, clock, deadlineMs);
  try {
    const { expiresAt, refreshToken } = credentials;
    if (expiresAt !== undefined && expiresAt <= clock.now() && refreshToken !== undefined) {
      const grant = await tokens
        .oauth(integration)
        ?.refresh(openCredential(ring, owner, refreshToken, "refresh_token"));
      token = grant?.accessToken ?? token;
    }
    const { signal } = deadline;
    const http = createVendorHttp({
      definition: integration.http,
      authorization: newAuthorization(token, credentials.kind),
      integration: integration.id,
      clock,
      logger,
      fetch,
      unsafeLoopback,
      signal,
    });
    return await deadline.race(revoke({ http, signal }));
  } catch (error) {
    if (isHaloError(error) || deadline.expired) return false;
    throw error;
  } finally {
    deadline.end();
    linked.end();
  }
}
