import { ConflictError, ValidationError } from "../errors.ts";
import type { Connection, ConnectionChange, ConnectionStore, Route } from "../ports/connection-store.ts";
import { byText, copy, orgOf, type State, tuple } from "./state.ts";

export function memoryConnections(state: State): ConnectionStore {
  /** The last holder of a connection's credentials. */
  const locks = new Map<string, Promise<unknown>>();

  const required = (orgId: string, connectionId: string): Connection => {
    const connection = orgOf(state, orgId).connections.get(connectionId);
    if (connection === undefined)
      throw new ValidationError("There is no such connection: list the org's connections.", {
        code: "not_found",
        path: "connectionId",
        reason: "unknown",
      });
    return connection;
  };

  const store = (connection: Connection, change: ConnectionChange): Connection => {
    const changed: Connection = {
      ...connection,
      ...copy(change),
      updatedAt: new Date(state.clock.now()),
      revision: connection.revision + 1,
    };
    orgOf(state, connection.orgId).connections.set(connection.id, changed);
    return changed;
  };

  const all = () =>
    [...state.orgs.values()]
      .flatMap(({ connections }) => [...connections.values()])
      .sort((a, b) => byText(a.id, b.id));

  const routesWhere = (wanted: (connection: Connection) => boolean): Route[] =>
    all()
      .filter(wanted)
      .map(({ orgId, id }) => ({ orgId, connectionId: id }));

  return {
    async create(connection) {
      const { connections } = orgOf(state, connection.orgId);
      if (connections.has(connection.id))
        throw new ConflictError("A connection of this id exists: read it, and change that one.");
      connections.set(connection.id, copy(connection));
    },

    async get(orgId, connectionId) {
      return copy(orgOf(state, orgId).connections.get(connectionId));
    },

    async list(orgId, integration) {
      const found = [...orgOf(state, orgId).connections.values()];
      return copy(
        found.filter((connection) => integration === undefined || connection.integration === integration),
      );
    },

    async change(orgId, connectionId, change, revision) {
      const stored = required(orgId, connectionId);
      if (revision !== undefined && revision !== stored.revision)
        throw new ConflictError("The connection was changed meanwhile: read it again, then decide.", {
          current: `${stored.revision}`,
        });
      return copy(store(stored, change));
    },

    async withCredentials(orgId, connectionId, work) {
      const key = tuple(orgId, connectionId);
      const turn = (locks.get(key) ?? Promise.resolve()).then(async () => {
        const { change, result } = await work(copy(required(orgId, connectionId)));
        if (change !== undefined) store(required(orgId, connectionId), change);
        return result;
      });
      const settled = turn.catch(() => {});
      locks.set(key, settled);
      void settled.then(() => {
        if (locks.get(key) === settled) locks.delete(key);
      });
      return turn;
    },

    async route(integration, account) {
      return routesWhere(
        (connection) => connection.integration === integration && connection.account.id === account,
      );
    },

    async routeByKey(integration, routeKey) {
      return routesWhere(
        (connection) =>
          connection.integration === integration &&
          (connection.orgId === routeKey || connection.id === routeKey),
      );
    },

    async routes(after, limit) {
      return all()
        .filter(({ id }) => after === undefined || id > after)
        .slice(0, limit)
        .map(({ orgId, id, integration }) => ({ orgId, connectionId: id, integration }));
    },

    async rememberAttempt(orgId, nonceHash, expiresAt) {
      orgOf(state, orgId).attempts.set(nonceHash, expiresAt.getTime());
    },

    async useAttempt(orgId, nonceHash, now) {
      const { attempts } = orgOf(state, orgId);
      const expiresAt = attempts.get(nonceHash);
      attempts.delete(nonceHash);
      return expiresAt !== undefined && now.getTime() < expiresAt;
    },
  };
}
