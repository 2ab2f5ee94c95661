import type { IncomingMessage, ServerResponse } from "node:http";
import type { PlainAnswer } from "../answer.ts";

/** How long a sender whose body nobody wants may go on before its connection is cut: time to read the answer. */
const lingerMs = 500;

export function sendPlain(incoming: IncomingMessage, outgoing: ServerResponse, answer: PlainAnswer): void {
  if (outgoing.destroyed) return;
  if (incoming.complete) {
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
    return;
  }
  // Refused while it still comes: what follows is thrown away, and the connection ends with it.
  outgoing.writeHead(answer.status, { ...answer.headers, connection: "close" });
  outgoing.end(answer.body);
  incoming.on("error", () => {});
  incoming.resume();
  const cut = setTimeout(() => incoming.socket.destroy(), lingerMs);
  incoming.once("close", () => clearTimeout(cut));
}
