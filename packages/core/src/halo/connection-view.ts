import type { Connection } from "../ports/connection-store.ts";
import type { ConnectionView } from "./surface.ts";

/** A connection without its credentials, not even sealed ones. */
export function connectionView(connection: Connection): ConnectionView {
  const { credentials, webhookSecret: _secret, revision: _revision, ...view } = connection;
  return { ...view, hasCredentials: credentials !== undefined };
}
