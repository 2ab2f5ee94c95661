import { connect, createServer, type Socket } from "node:net";

/** Few connections to a server, given to many clients for a transaction each, as PgBouncer does in that mode. */
export interface TransactionPooler {
  readonly port: number;
  /** How often a backend went from one client to another. */
  readonly handovers: () => number;
  close(): Promise<void>;
}

interface Backend {
  readonly socket: Socket;
  readonly client: { current: Client | undefined; last: Client | undefined };
}

interface Client {
  readonly socket: Socket;
  readonly waiting: Buffer[];
  backend: Backend | undefined;
  /** Answers "ready for query" that are still to come. */
  unanswered: number;
}

const typeOf = (message: Buffer) => String.fromCharCode(message[0] ?? 0);

/** Whole messages of PostgreSQL's protocol out of a stream of bytes; the first of a client has no type. */
function messages(onMessage: (message: Buffer) => void, untyped = 0): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const head = untyped > 0 ? 0 : 1;
      if (rest.length < head + 4) return;
      const length = head + rest.readUInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (untyped > 0) untyped--;
      onMessage(message);
    }
  };
}

const authenticated = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const noKey = Buffer.from([0x4b, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0]);
const idle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** All clients must ask for the same user and database, which the server lets in without a password. */
export async function transactionPooler(target: number, size: number): Promise<TransactionPooler> {
  const backends = new Set<Backend>();
  const free: Backend[] = [];
  const line: Client[] = [];
  const sockets = new Set<Socket>();
  let handovers = 0;
  let opened = 0;

  const open = (startup: Buffer) => {
    opened++;
    const socket = connect(target, "127.0.0.1");
    const backend: Backend = { socket, client: { current: undefined, last: undefined } };
    let ready = false;
    sockets.add(socket);
    socket.write(startup);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      backends.delete(backend);
      if (free.includes(backend)) free.splice(free.indexOf(backend), 1);
      backend.client.current?.socket.destroy();
      opened--;
    });
    socket.on(
      "data",
      messages((message) => {
        if (!ready) {
          if (typeOf(message) !== "Z") return;
          ready = true;
          backends.add(backend);
          free.push(backend);
          serve();
          return;
        }
        const client = backend.client.current;
        client?.socket.write(message);
        if (!client || typeOf(message) !== "Z") return;
        client.unanswered--;
        // Between transactions, and nothing more was sent: whoever waits is next.
        if (message[5] === 0x49 && client.unanswered === 0) release(client);
      }),
    );
  };

  const release = (client: Client) => {
    const { backend } = client;
    if (!backend) return;
    client.backend = undefined;
    backend.client.current = undefined;
    free.push(backend);
    if (client.waiting.length > 0) line.push(client);
    serve();
  };

  const serve = () => {
    for (let client = line[0]; client && free.length > 0; client = line[0]) {
      line.shift();
      const backend = free.shift();
      if (!backend) return;
      client.backend = backend;
      if (backend.client.last && backend.client.last !== client) handovers++;
      backend.client.current = client;
      backend.client.last = client;
      for (const message of client.waiting.splice(0)) send(client, message);
    }
  };

  const send = (client: Client, message: Buffer) => {
    if (typeOf(message) === "Q" || typeOf(message) === "S") client.unanswered++;
    client.backend?.socket.write(message);
  };

  const server = createServer((socket) => {
    const client: Client = { socket, waiting: [], backend: undefined, unanswered: 0 };
    let started = false;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (line.includes(client)) line.splice(line.indexOf(client), 1);
      // Amid a transaction: the backend is of no use to anybody.
      client.backend?.socket.destroy();
    });
    socket.on(
      "data",
      messages((message) => {
        if (!started) {
          started = true;
          while (opened < size) open(Buffer.from(message));
          socket.write(Buffer.concat([authenticated, noKey, idle]));
          return;
        }
        if (typeOf(message) === "X") {
          socket.end();
          return;
        }
        if (client.backend) {
          send(client, message);
          return;
        }
        client.waiting.push(Buffer.from(message));
        if (client.waiting.length === 1) line.push(client);
        serve();
      }, 1),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("the pooler has no port");
  return {
    port: address.port,
    handovers: () => handovers,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
