import type { IntegrationDefinition } from "../define/integration.ts";
import { isHaloError } from "../errors.ts";
import { linkSignals, startDeadline } from "../http/deadline.ts";
import type { Secret } from "../http/secret.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import type { ConnectionsOptions } from "./connections.ts";
import { openCredential } from "./credentials.ts";
import { newAuthorization } from "./tokens.ts";

/** How long a vendor may take to be told that something is over. */
const deadlineMs = 10_000;

/**
 * Does something last with a connection's credential, which the store may not have any more; an access token that has
 * run out is renewed for it. Undefined where the vendor or the time did not allow it.
 */
export async function withCredential<T>(
  { engine, fetch, tokens, unsafeLoopback }: ConnectionsOptions,
  connection: Connection,
  integration: IntegrationDefinition,
  work: (context: {
    readonly http: VendorHttp;
    readonly credential: Secret;
    readonly signal: AbortSignal;
  }) => Promise<T>,
): Promise<T | undefined> {
  const { clock, logger, ring } = engine;
  const { credentials } = connection;
  if (!credentials) return undefined;
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
    return await deadline.race(work({ http, credential: token, signal }));
  } catch (error) {
    if (isHaloError(error) || deadline.expired) return undefined;
    throw error;
  } finally {
    deadline.end();
    linked.end();
  }
}
