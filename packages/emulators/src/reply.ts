/** An answer before it becomes bytes: faults change it, `toResponse` writes it. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  /** A value to be written as JSON, text, bytes or a stream of bytes as they are; undefined for no body. */
  body: unknown;
}

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "application/json;charset=utf-8", ...headers }, body };
}

export function emptyReply(status = 204): Reply {
  return { status, headers: {}, body: undefined };
}

/** The body as it goes over the wire; undefined for none. */
export function replyBytes(reply: Reply): string | Uint8Array<ArrayBuffer> | undefined {
  if (reply.body === undefined || reply.status === 204 || reply.status === 304) return undefined;
  if (typeof reply.body === "string") return reply.body;
  if (reply.body instanceof Uint8Array) return new Uint8Array(reply.body);
  return JSON.stringify(reply.body);
}

/** A body that is made while it is sent; its length is not told. */
export const isByteStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === "object" && body !== null && Symbol.asyncIterator in body;

/** The answer with its stream read to its end, for what needs all bytes. */
export async function wholeReply(reply: Reply): Promise<Reply> {
  if (!isByteStream(reply.body)) return reply;
  const parts: Uint8Array[] = [];
  for await (const part of reply.body) parts.push(part);
  return { ...reply, body: new Uint8Array(Buffer.concat(parts)) };
}
