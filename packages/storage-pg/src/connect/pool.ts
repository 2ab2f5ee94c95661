import { StorageError } from "@halo/core";
import pg from "pg";
import { type ClientSlice, clientSession, copyOverWire } from "./client-session.ts";
import type { Connector, Session } from "./session.ts";

/** The slice of a host's own pool that is used; `pg.Pool` fits. */
export interface PoolSlice {
  connect(): Promise<PoolClientSlice>;
  end?(): Promise<void>;
}

export interface PoolClientSlice extends ClientSlice {
  release(destroy?: boolean | Error): void;
}

/** What of a client's events is listened to, where it has any. */
interface ClientEvents {
  on(event: string, heard: (message: never) => void): unknown;
  removeListener(event: string, heard: (message: never) => void): unknown;
}

function eventsOf(client: PoolClientSlice): ClientEvents | undefined {
  return "on" in client && "removeListener" in client ? (client as unknown as ClientEvents) : undefined;
}

export interface PoolOptions {
  /** Connections at once. Default 10. */
  readonly size?: number;
  /** How long a caller waits for a free connection. Default 10,000. */
  readonly acquireMs?: number;
  /** No statement takes longer; the connection of one that does is dropped (F75). Default 60,000. */
  readonly statementMs?: number;
  /** Default true. False behind a pooler in transaction mode that does not keep prepared statements. */
  readonly prepare?: boolean;
}

/** Connections that are held for long (a token refresh; one that listens), beside the pool, so that work is not starved. */
const longConnections = 5;

/** How long `close` waits for work that is under way. */
const closeMs = 5_000;

/** A server by its URL. */
export function connectToServer(url: string, options: PoolOptions): Connector {
  const statementMs = options.statementMs ?? 60_000;
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: options.acquireMs ?? 10_000,
    // The server's own statement timeout comes first (it is set with each transaction); this one is for a network
    // that went silent, where no answer ever comes (F75).
    query_timeout: statementMs + Math.min(5_000, statementMs),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idleTimeoutMillis: 30_000,
    application_name: "halo",
    // A transaction's opening goes out with its first statement: one round trip less for each.
    pipeline: true,
  };
  const pool = new pg.Pool({ ...settings, max: options.size ?? 10 });
  const long = new pg.Pool({ ...settings, max: longConnections, idleTimeoutMillis: 5_000 });
  // Without a listener the loss of an idle connection would end the process.
  pool.on("error", () => {});
  long.on("error", () => {});
  return connector(pool, long, options, async () => {
    await soon(Promise.all([pool.end(), long.end()]));
  });
}

/** A pool ends when its last connection comes back; one that never does must not keep us. */
function soon(ending: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, closeMs);
    ending.then(() => resolve(), reject).finally(() => clearTimeout(timer));
  });
}

/** A pool of the host's: never ended by us. */
export function connectToPool(pool: PoolSlice, options: PoolOptions): Connector {
  return connector(pool, pool, options, async () => {});
}

function connector(
  pool: PoolSlice,
  long: PoolSlice,
  options: PoolOptions,
  close: () => Promise<void>,
): Connector {
  const acquireMs = options.acquireMs ?? 10_000;
  const stops = new Set<() => Promise<void>>();
  const acquireFrom = async (from: PoolSlice): Promise<Session> => {
    const client = await connectInTime(from, acquireMs);
    return poolSession(client, options.prepare ?? true);
  };
  return {
    embedded: false,
    place: "PostgreSQL",
    acquire: () => acquireFrom(pool),
    acquireLong: () => acquireFrom(long),
    async listen(channel, heard) {
      // To listen takes a connection for good: where a host has few, workers look once a second instead.
      if (mostOf(long) < fewestToListen) return async () => {};
      const stop = await keepListening(long, acquireMs, channel, heard);
      stops.add(stop);
      return async () => {
        stops.delete(stop);
        await stop();
      };
    },
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
      await close();
    },
  };
}

const fewestToListen = 3;

function mostOf(pool: PoolSlice): number {
  const { options } = pool as { options?: { max?: unknown } };
  return typeof options?.max === "number" ? options.max : Number.POSITIVE_INFINITY;
}

function poolSession(client: PoolClientSlice, prepare: boolean): Session {
  // A client that is lent out reports a lost connection by an event too; unheard it would end the process.
  const ignore = () => {};
  eventsOf(client)?.on("error", ignore);
  return clientSession(client, {
    prepare,
    copyIn: (target, chunks, options) => copyOverWire(client, target, chunks, options),
    release(broken) {
      eventsOf(client)?.removeListener("error", ignore);
      client.release(broken);
    },
  });
}

/** A host's pool may wait for ever when it is exhausted: the wait is ours to end (F72). */
async function connectInTime(pool: PoolSlice, acquireMs: number): Promise<PoolClientSlice> {
  const connecting = pool.connect();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), acquireMs + 500);
  });
  try {
    const client = await Promise.race([connecting, late]);
    if (client !== "late") return client;
  } catch (error) {
    if (error instanceof Error && error.message.includes("timeout exceeded when trying to connect")) {
      throw exhausted(acquireMs, error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
  connecting.then(
    (client) => client.release(),
    () => {},
  );
  throw exhausted(acquireMs);
}

function exhausted(acquireMs: number, cause?: unknown): StorageError {
  return new StorageError(
    `No database connection came free within ${acquireMs} ms: raise the pool's size, or the server cannot be reached.`,
    { retryable: true, cause },
  );
}

/** LISTEN on a connection of its own, again whenever that one is lost. */
async function keepListening(
  pool: PoolSlice,
  acquireMs: number,
  channel: string,
  heard: (payload: string) => void,
): Promise<() => Promise<void>> {
  let stopped = false;
  let current: PoolClientSlice | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onNotification = (message: { channel: string; payload?: string }) => {
    if (message.channel === channel) heard(message.payload ?? "");
  };
  const start = async () => {
    const client = await connectInTime(pool, acquireMs);
    const events = eventsOf(client);
    if (!events) {
      client.release();
      return;
    }
    const lost = () => {
      if (current !== client) return;
      current = undefined;
      client.release(true);
      again();
    };
    events.on("error", lost);
    events.on("end", lost);
    events.on("notification", onNotification);
    current = client;
    try {
      await client.query({ text: `listen ${quoteIdentifier(channel)}` });
    } catch {
      lost();
    }
  };
  const again = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      start().catch(again);
    }, 1_000);
    timer.unref?.();
  };
  await start().catch(again);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    const client = current;
    current = undefined;
    client?.release(true);
  };
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
