import { resolve } from "node:path";
import { StorageError } from "@halo/core";
import pg from "pg";
import { clientSession } from "./client-session.ts";
import { completeFolder, dataFolder, makeFolder, prepareFolder } from "./folder.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { mutex } from "./mutex.ts";
import { type PgliteThread, startPglite } from "./pglite-thread.ts";
import { quoteIdentifier } from "./pool.ts";
import type { Connector, CopyChunks, Session } from "./session.ts";
import { WireStream } from "./wire-stream.ts";

/** How long a caller waits for the one connection. */
const waitMs = 60_000;

/** An embedded database: the same as a server's, and the bytes of its protocol for whoever serves them on. */
export interface EmbeddedConnector extends Connector {
  readonly embedded: true;
  /** The one connection's protocol, for ourselves alone until `release`. */
  acquireWire(): Promise<{ send(bytes: Uint8Array): Promise<Uint8Array | undefined>; release(): void }>;
}

interface Running {
  readonly thread: PgliteThread;
  readonly client: pg.Client;
}

/** Opens PGlite in `folder`, or in memory. The first use starts it; a database that ended itself is started again. */
export function connectToPglite(folder: string | undefined): EmbeddedConnector {
  const turn = mutex(waitMs);
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let lock: FolderLock | undefined;
  let running: Running | undefined;
  let closed = false;

  const open = async (): Promise<Running> => {
    let dataDir: string | undefined;
    let fresh = false;
    if (folder !== undefined) {
      await makeFolder(folder);
      lock ??= await lockFolder(folder);
      fresh = (await prepareFolder(folder)).fresh;
      dataDir = dataFolder(resolve(folder));
    }
    const thread = await startPglite(dataDir);
    if (folder !== undefined && fresh) await completeFolder(folder);
    const client = new pg.Client({
      stream: () => new WireStream((bytes) => thread.wire(bytes)) as never,
      user: "postgres",
      database: "postgres",
      ssl: false,
      // Each message to the thread and back costs both sides a wait: what needs no answer goes without.
      pipeline: true,
    });
    client.on("error", () => {});
    client.on("notification", ({ channel, payload }) => {
      for (const heard of listeners.get(channel) ?? []) heard(payload ?? "");
    });
    await client.connect();
    for (const channel of listeners.keys()) await client.query(`listen ${quoteIdentifier(channel)}`);
    return { thread, client };
  };

  const ensure = async (): Promise<Running> => {
    if (closed) throw new StorageError("The store is closed.", { retryable: false });
    if (running && !running.thread.ended) return running;
    if (running && folder === undefined) {
      throw new StorageError("The store in memory ended, and what it held is gone: open a new one.", {
        retryable: false,
      });
    }
    running = undefined;
    running = await open();
    return running;
  };

  const withTurn = async <T>(use: (running: Running, letGo: () => void) => T, urgent = false): Promise<T> => {
    const letGo = await turn.take(urgent);
    try {
      return use(await ensure(), letGo);
    } catch (error) {
      letGo();
      throw error;
    }
  };

  const acquire = (urgent = false): Promise<Session> =>
    withTurn(
      ({ thread, client }, letGo) =>
        clientSession(client, {
          prepare: true,
          copyIn: async (target, chunks, { format = "text", create, role } = {}) => {
            const copy = `copy ${target} from '/dev/blob' (format ${format})`;
            const statements = [
              ...(create === undefined ? [] : [create]),
              ...(role === undefined ? [copy] : ["set local role none", copy, `set local role ${role}`]),
            ];
            await thread.copy(statements.join("; "), await gather(chunks));
          },
          release(broken) {
            // The connection cannot be thrown away here: whatever transaction is open ends, and the next one finds it clean.
            if (broken && !thread.ended) client.query("rollback").then(letGo, letGo);
            else letGo();
          },
        }),
      urgent,
    );

  return {
    embedded: true,
    place: folder === undefined ? "PGlite in memory" : `PGlite in ${folder}`,
    acquire,
    acquireLong: undefined,
    acquireWire: () =>
      withTurn(({ thread }, letGo) => ({ send: (bytes: Uint8Array) => thread.wire(bytes), release: letGo })),
    async listen(channel, heard) {
      const known = listeners.get(channel) ?? new Set();
      known.add(heard);
      if (!listeners.has(channel)) {
        listeners.set(channel, known);
        const session = await acquire();
        try {
          await session.exec(`listen ${quoteIdentifier(channel)}`);
        } finally {
          session.release(false);
        }
      }
      return async () => {
        known.delete(heard);
      };
    },
    async close() {
      if (closed) return;
      const letGo = await turn.take();
      closed = true;
      try {
        await running?.thread.close();
      } finally {
        letGo();
        await lock?.release();
      }
    },
  };
}

async function gather(chunks: CopyChunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
