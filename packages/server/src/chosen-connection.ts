import { type ConnectionView, type Halo, ValidationError } from "@halo/core";
import { requireId, unknown } from "./ids.ts";

/** The integration of the path, or `not_found`. */
export function requireIntegration(halo: Halo, id: string): string {
  if (halo.integrations.some((integration) => integration.id === id)) return id;
  throw unknown("integration");
}

/** The org's connection that `?connectionId=` names, of the integration in the path; another's is not found. */
export async function namedConnection(
  halo: Halo,
  orgId: string,
  integration: string,
  connectionId: string,
): Promise<ConnectionView> {
  const connection = await halo.connections.get(orgId, requireId(connectionId, "connection"));
  if (connection.integration !== requireIntegration(halo, integration)) throw unknown("connection");
  return connection;
}

/** The connection that is meant: the one that is named, or the only one there is. Never a guess among several. */
export async function chosenConnection(
  halo: Halo,
  orgId: string,
  integration: string,
  connectionId: string | undefined,
): Promise<ConnectionView> {
  if (connectionId !== undefined) return await namedConnection(halo, orgId, integration, connectionId);
  const connections = await halo.connections.list(orgId, requireIntegration(halo, integration));
  const [only] = connections;
  if (only === undefined) throw unknown("connection");
  if (connections.length === 1) return only;
  throw new ValidationError("The org has several connections to this integration: name one.", {
    path: "connectionId",
    reason: "needed",
  });
}
