import { ConflictError, type Connection, type ConnectionChange, ValidationError } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { type ConnectionRow, connectionColumns, fieldColumns, toConnection } from "./connection-row.ts";
import { writeRoute } from "./routes.ts";

/** Changes the named fields; a field that is there and undefined is emptied. */
export async function changeConnection(
  tx: Tx,
  orgId: string,
  connectionId: string,
  change: ConnectionChange,
  revision: number | undefined,
): Promise<Connection> {
  const values: unknown[] = [orgId, connectionId, revision ?? null];
  const sets = Object.entries(change).flatMap(([field, value]) => {
    const known = fieldColumns[field as keyof ConnectionChange];
    if (!known) return [];
    const [column, type, write] = known;
    values.push(write(value));
    return [`${column} = $${values.length}::${type}`];
  });
  if (change.account) {
    values.push(change.account.id);
    sets.push(`account_id = $${values.length}`);
  }
  const { rows } = await tx.queryOnce<ConnectionRow>(
    `update connections set ${[...sets, "revision = revision + 1", "updated_at = now()"].join(", ")}
     where org_id = $1 and id = $2 and ($3::int is null or revision = $3::int)
     returning ${connectionColumns}`,
    values,
  );
  const [row] = rows;
  if (!row) throw await whyNot(tx, orgId, connectionId);
  const connection = toConnection(row);
  if (change.account) await writeRoute(tx, connection);
  return connection;
}

export async function readConnection(
  tx: Tx,
  orgId: string,
  connectionId: string,
  lock = false,
): Promise<Connection | undefined> {
  const { rows } = await tx.query<ConnectionRow>(lock ? selectForUpdate : select, [orgId, connectionId]);
  return rows[0] && toConnection(rows[0]);
}

export function noConnection(): ValidationError {
  return new ValidationError("The organisation has no such connection: list its connections.", {
    code: "not_found",
    path: "connectionId",
    reason: "unknown",
  });
}

async function whyNot(tx: Tx, orgId: string, connectionId: string): Promise<Error> {
  const stored = await readConnection(tx, orgId, connectionId);
  if (!stored) return noConnection();
  return new ConflictError("Somebody else changed the connection: read it again.", {
    current: String(stored.revision),
  });
}

const select = `select ${connectionColumns} from connections where org_id = $1 and id = $2`;
const selectForUpdate = `${select} for update`;
