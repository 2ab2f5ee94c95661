import type { ConnectionStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { changeConnection, readConnection } from "./change-connection.ts";
import { type ConnectionRow, connectionColumns, toConnection } from "./connection-row.ts";
import { createConnection } from "./create-connection.ts";
import { route, routeByKey, routes } from "./routes.ts";
import { withCredentials } from "./with-credentials.ts";

export function connectionStore(door: Door): ConnectionStore {
  return {
    create: (connection) => door.inOrg(connection.orgId, (tx) => createConnection(tx, connection)),
    get: (orgId, connectionId) => door.inOrg(orgId, (tx) => readConnection(tx, orgId, connectionId)),
    list: (orgId, integration) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<ConnectionRow>(list, [orgId, integration ?? null]);
        return rows.map(toConnection);
      }),
    change: (orgId, connectionId, change, revision) =>
      door.inOrg(orgId, (tx) => changeConnection(tx, orgId, connectionId, change, revision)),
    withCredentials: withCredentials(door),
    route: (integration, account) => route(door, integration, account),
    routeByKey: (integration, routeKey) => routeByKey(door, integration, routeKey),
    routes: (after, limit) => routes(door, after, limit),
    rememberAttempt: (orgId, nonceHash, expiresAt) =>
      door.inOrg(orgId, async (tx) => {
        await tx.query(remember, [orgId, nonceHash, expiresAt]);
      }),
    useAttempt: (orgId, nonceHash, now) =>
      door.inOrg(orgId, async (tx) => {
        // Deleting is what makes it single use: the second of two sees no row.
        const { rows } = await tx.query<{ expires_at: Date }>(use, [orgId, nonceHash]);
        await tx.query(forgetExpired, [orgId, now]);
        return rows[0] !== undefined && rows[0].expires_at > now;
      }),
  };
}

const list = `
  select ${connectionColumns} from connections
  where org_id = $1 and ($2::text is null or integration = $2::text)
  order by created_at, id`;

const remember = `
  insert into oauth_attempts (org_id, nonce_hash, expires_at) values ($1, $2, $3)
  on conflict (org_id, nonce_hash) do nothing`;

const use = "delete from oauth_attempts where org_id = $1 and nonce_hash = $2 returning expires_at";

const forgetExpired = "delete from oauth_attempts where org_id = $1 and expires_at <= $2";
