import type { AuthDefinition } from "../define/auth.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { ConnectionsOptions } from "./connections.ts";
import { withCredential } from "./with-credential.ts";

/** Gives a connection's access token back in the vendor's own way. */
export async function giveBack(
  options: ConnectionsOptions,
  connection: Connection,
  integration: IntegrationDefinition,
  revoke: NonNullable<AuthDefinition["revoke"]>,
): Promise<boolean> {
  return (await withCredential(options, connection, integration, revoke)) ?? false;
}
