import type { Connection, Route } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";

interface RouteRow {
  readonly org_id: string;
  readonly connection_id: string;
  readonly integration: string;
}

const toRoute = (row: RouteRow): Route => ({ orgId: row.org_id, connectionId: row.connection_id });

/** Where deliveries for the connection's account go: one row a connection, moved with the account. */
export async function writeRoute(tx: Tx, connection: Connection): Promise<void> {
  await tx.query(upsert, [connection.integration, connection.account.id, connection.orgId, connection.id]);
}

export async function route(door: Door, integration: string, account: string): Promise<readonly Route[]> {
  return door.asControl(async (tx) => {
    const { rows } = await tx.query<RouteRow>(byAccount, [integration, account]);
    return rows.map(toRoute);
  });
}

export async function routeByKey(
  door: Door,
  integration: string,
  routeKey: string,
): Promise<readonly Route[]> {
  return door.asControl(async (tx) => {
    const { rows } = await tx.query<RouteRow>(byKey, [integration, routeKey]);
    return rows.map(toRoute);
  });
}

export async function routes(
  door: Door,
  after: string | undefined,
  limit: number,
): Promise<readonly (Route & { readonly integration: string })[]> {
  return door.asControl(async (tx) => {
    const { rows } = await tx.query<RouteRow>(page, [after ?? "", limit]);
    return rows.map((row) => ({ ...toRoute(row), integration: row.integration }));
  });
}

const upsert = `
  insert into routes (integration, account, org_id, connection_id) values ($1, $2, $3, $4)
  on conflict (integration, connection_id) do update set account = excluded.account
  where routes.org_id = excluded.org_id and routes.account <> excluded.account`;

const byAccount = `
  select org_id, connection_id, integration from routes where integration = $1 and account = $2 order by connection_id`;

const byKey = `
  select org_id, connection_id, integration from routes
  where integration = $1 and (org_id = $2 or connection_id = $2) order by connection_id`;

const page = `
  select org_id, connection_id, integration from routes where connection_id > $1 order by connection_id limit $2`;
