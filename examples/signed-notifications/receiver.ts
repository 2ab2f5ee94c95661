import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export interface Told {
  readonly type: string;
  readonly data: {
    readonly key: string;
    readonly event: unknown;
    readonly message: { readonly title: string };
  };
}

/** Another system's endpoint: what is not genuine gets a 401, and is not looked at. */
export async function startReceiver(secret: string, tell: (told: Told) => void) {
  const genuine = new Webhook(secret);
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      const headers = request.headers as Record<string, string>;
      tell(genuine.verify(Buffer.concat(chunks).toString(), headers) as Told);
      response.writeHead(204).end();
    } catch {
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
