import type { Connection, ConnectionChange } from "@halo/core";
import type { Door } from "../tenant.ts";
import { changeConnection, noConnection, readConnection } from "./change-connection.ts";

type Work<T> = (
  connection: Connection,
) => Promise<{ readonly change?: ConnectionChange; readonly result: T }>;

export type WithCredentials = <T>(orgId: string, connectionId: string, work: Work<T>) => Promise<T>;

/**
 * One change of credentials at a time, over all processes: the row is locked on a connection of its own, which is the
 * one place where a transaction is open over a network call (I2). Whoever dies there loses the connection, and with it
 * the lock (F44). Embedded there is one process, and a mutex does it with no transaction open.
 */
export function withCredentials(door: Door): WithCredentials {
  if (door.embedded) return byMutex(door);
  return async (orgId, connectionId, work) => {
    let theirs: { readonly error: unknown } | undefined;
    try {
      return await door.inOrgLong(orgId, async (tx) => {
        const connection = await readConnection(tx, orgId, connectionId, true);
        if (!connection) throw noConnection();
        const { change, result } = await work(connection).catch((error: unknown) => {
          theirs = { error };
          throw error;
        });
        if (change) await changeConnection(tx, orgId, connectionId, change, undefined);
        return result;
      });
    } catch (error) {
      // What the caller's own work failed with is no failure of the store.
      throw theirs ? theirs.error : error;
    }
  };
}

function byMutex(door: Door): WithCredentials {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(orgId: string, connectionId: string, work: Work<T>): Promise<T> => {
    const key = JSON.stringify([orgId, connectionId]);
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(() => once(door, orgId, connectionId, work));
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}

async function once<T>(door: Door, orgId: string, connectionId: string, work: Work<T>): Promise<T> {
  const connection = await door.inOrg(orgId, (tx) => readConnection(tx, orgId, connectionId));
  if (!connection) throw noConnection();
  const { change, result } = await work(connection);
  if (change) {
    await door.inOrg(orgId, (tx) => changeConnection(tx, orgId, connectionId, change, undefined));
  }
  return result;
}
