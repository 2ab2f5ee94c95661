import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Handled } from "../wire.ts";
import { writeReply } from "./write-reply.ts";

/** What can be served: any vendor's emulator. */
export interface Servable {
  readonly clock: Clock;
  handle(request: Request): Promise<Handled>;
  /** Answers under `/_emulator/`; undefined for a path it does not know. */
  control?(request: Request): Promise<Response | undefined>;
}

export interface ServeOptions {
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** Opens `/_emulator/…`: ledger, faults, changes, webhooks. Off unless told. */
  readonly control?: boolean;
}

export interface Served {
  /** Such as `http://127.0.0.1:4010`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Cuts what is under way and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves an emulator over HTTP on loopback, with the faults that only a socket can have. */
export async function serve(emulator: Servable, options: ServeOptions = {}): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    answer(emulator, options, incoming, outgoing).catch((error: unknown) => {
      // A bug of the emulator must not look like a fault of the vendor.
      if (!outgoing.headersSent) outgoing.writeHead(599, { "content-type": "text/plain" });
      outgoing.end(`The emulator itself failed: ${String(error)}`);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, port, close, [Symbol.asyncDispose]: close };
}

async function answer(
  emulator: Servable,
  options: ServeOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client went away"));
  });
  const request = await toRequest(incoming, gone.signal);
  if (new URL(request.url).pathname.startsWith("/_emulator/")) {
    const controlled = options.control ? await emulator.control?.(request) : undefined;
    const response = controlled ?? new Response("not found", { status: 404 });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) for await (const chunk of response.body) outgoing.write(chunk);
    outgoing.end();
    return;
  }
  let handled: Handled;
  try {
    handled = await emulator.handle(request);
  } catch (error) {
    if (gone.signal.aborted) return;
    throw error;
  }
  await writeReply(handled, outgoing, emulator.clock, gone.signal).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = "GET", url = "/", headers } = incoming;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) given[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return new Request(`http://${headers.host ?? "localhost"}${url}`, {
    method,
    headers: given,
    signal,
    ...(method !== "GET" && method !== "HEAD" && { body: Buffer.concat(chunks) }),
  });
}
