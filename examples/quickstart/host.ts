import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HostServer {
  readonly url: string;
  /** Mounts Halo's handler; until then everything is answered with 503. */
  mount(listener: Parameters<typeof createServer>[1]): void;
  close(): Promise<void>;
}

/** The AI product's own server, which Halo is a guest of. */
export async function startHost(): Promise<HostServer> {
  let listener: Parameters<typeof createServer>[1];
  const server = createServer((request, response) => {
    if (listener) listener(request as never, response as never);
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mount: (mounted) => {
      listener = mounted;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
