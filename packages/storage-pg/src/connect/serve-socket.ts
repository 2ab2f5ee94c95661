import { createServer, type Server, type Socket } from "node:net";
import { ConfigurationError } from "@halo/core";
import { internals, type PgStorage } from "../pg-storage.ts";
import type { EmbeddedConnector } from "./pglite.ts";
import { frontendFrames, isCopyFromClient, preparedName, readyStatus, refusal } from "./wire-frames.ts";

export interface ServedStore {
  /** For psql, or any other client: "postgres://postgres@127.0.0.1:5433/postgres". */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Lets people look into an embedded store with psql while it is in use. On loopback only, with no password: whoever may
 * connect to this machine's loopback sees and may change everything. Statements take turns with Halo's own; a
 * transaction that is left open makes Halo wait. `COPY … FROM STDIN` is refused: it would end the database.
 */
export async function servePglite(
  storage: PgStorage,
  options: { readonly port?: number } = {},
): Promise<ServedStore> {
  const { connector, door } = storage[internals];
  if (!("acquireWire" in connector)) {
    throw new ConfigurationError("Only an embedded store is served; connect psql to the server itself.", {
      option: "storage",
    });
  }
  const session = await connector.acquire();
  try {
    // Halo's own transactions each set theirs.
    await session.exec(`set search_path = ${door.names.schema}, public`);
  } finally {
    session.release(false);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, connector).catch(() => socket.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Wire = Awaited<ReturnType<EmbeddedConnector["acquireWire"]>>;

async function serve(socket: Socket, connector: EmbeddedConnector): Promise<void> {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  let held: Wire | undefined;
  const prepared = new Set<string>();
  const send = async (bytes: Uint8Array): Promise<Uint8Array | undefined> => {
    held ??= await connector.acquireWire();
    let answer: Uint8Array | undefined;
    try {
      answer = await held.send(bytes);
    } finally {
      // Between statements of a transaction nobody else may come in.
      const status = answer && readyStatus(answer);
      if (status !== "T" && status !== "E") {
        held.release();
        held = undefined;
      }
    }
    return answer;
  };
  try {
    for await (const batch of frontendFrames(socket)) {
      if (batch.kind === "end") break;
      if (batch.kind === "encryption") {
        socket.write("N");
        continue;
      }
      if (batch.frames.some(isCopyFromClient)) {
        socket.write(refusal(held ? "E" : "I"));
        continue;
      }
      for (const frame of batch.frames) {
        const name = preparedName(frame);
        if (name) prepared.add(name);
      }
      const answer = await send(batch.bytes);
      if (answer) socket.write(answer);
    }
  } finally {
    held?.release();
    await tidy(connector, prepared);
    socket.end();
  }
}

/** There is one session for all: what a client set or left open must not stay. */
async function tidy(connector: EmbeddedConnector, prepared: ReadonlySet<string>): Promise<void> {
  const session = await connector.acquire();
  try {
    await session.exec("rollback");
    await session.exec("reset role; reset session authorization");
    for (const name of prepared) {
      await session.exec(`deallocate "${name.replaceAll('"', '""')}"`).catch(() => {});
    }
  } finally {
    session.release(false);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}
