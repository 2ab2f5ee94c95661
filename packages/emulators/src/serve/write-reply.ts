import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { isByteStream, type Reply, replyBytes, wholeReply } from "../reply.ts";
import { DEFAULT_TRICKLE, type Handled } from "../wire.ts";

/** Writes an answer to a real socket, harmed as the wire effect says. */
export async function writeReply(
  { reply: given, wire }: Handled,
  outgoing: ServerResponse,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (wire === undefined && isByteStream(given.body)) return stream(given, given.body, outgoing, signal);
  const reply = await wholeReply(given);
  const body = replyBytes(reply);
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  const hasBody = reply.status !== 204 && reply.status !== 304;
  const headers = { ...reply.headers, ...(hasBody && { "content-length": String(bytes.length) }) };
  if (wire === undefined) {
    outgoing.writeHead(reply.status, headers);
    outgoing.end(bytes);
    return;
  }
  const { socket } = outgoing;
  switch (wire.type) {
    case "blackHole":
      // The socket stays open until the client gives up or the server closes.
      return;
    case "reset": {
      const upTo = wire.afterBytes ?? Math.floor(bytes.length / 2);
      if (upTo === 0) {
        socket?.resetAndDestroy();
        return;
      }
      outgoing.writeHead(reply.status, headers);
      await new Promise<void>((sent) => outgoing.write(bytes.subarray(0, upTo), () => sent()));
      socket?.resetAndDestroy();
      return;
    }
    case "lieAboutLength": {
      // Past node's own check of the length, straight to the socket.
      const lines = Object.entries({ ...headers, "content-length": String(bytes.length + wire.by) })
        .map(([name, value]) => `${name}: ${value}`)
        .join("\r\n");
      socket?.write(`HTTP/1.1 ${reply.status} Lie\r\n${lines}\r\nconnection: close\r\n\r\n`);
      socket?.end(bytes);
      return;
    }
    case "trickle": {
      const { bytes: step, everyMs } = { ...DEFAULT_TRICKLE, ...wire };
      outgoing.writeHead(reply.status, headers);
      outgoing.flushHeaders();
      for (let at = 0; at < bytes.length; at += step) {
        await clock.sleep(everyMs, signal);
        outgoing.write(bytes.subarray(at, at + step));
      }
      outgoing.end();
      return;
    }
  }
}

/** Piece by piece, as fast as the other side takes them, without telling the length. */
async function stream(
  reply: Reply,
  body: AsyncIterable<Uint8Array>,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  outgoing.writeHead(reply.status, reply.headers);
  for await (const piece of body) {
    if (signal.aborted) return;
    if (!outgoing.write(piece)) await once(outgoing, "drain", { signal });
  }
  outgoing.end();
}
