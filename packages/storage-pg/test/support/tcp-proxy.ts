import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and does what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Takes bytes and hands on none, without a word to either side (F75). */
  blackHole(on: boolean): void;
  /** Cuts the connection once a client's bytes hold this text, after handing them on: the reply is lost (F76). */
  cutAfter(text: string | undefined): void;
  close(): Promise<void>;
}

export async function tcpProxy(target: number): Promise<TcpProxy> {
  let hole = false;
  let cut: string | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    let deaf = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      if (hole) return;
      upstream.write(bytes);
      if (cut !== undefined && bytes.includes(cut)) {
        deaf = true;
        cut = undefined;
        // The server is to get it whole before anybody hangs up.
        setTimeout(() => client.destroy(), 100);
      }
    });
    upstream.on("data", (bytes) => {
      if (!hole && !deaf) client.write(bytes);
    });
    client.on("close", () => {
      if (!hole) upstream.end();
    });
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("the proxy has no port");
  return {
    port: address.port,
    blackHole(on) {
      hole = on;
    },
    cutAfter(text) {
      cut = text;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
