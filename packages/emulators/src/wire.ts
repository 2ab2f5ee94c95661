import type { Clock } from "./clock.ts";
import type { WireEffect } from "./faults.ts";
import { isByteStream, type Reply, replyBytes, wholeReply } from "./reply.ts";

/** What `handle` gives: an answer, and what the socket does to it. */
export interface Handled {
  readonly reply: Reply;
  readonly wire: WireEffect | undefined;
}

export const DEFAULT_TRICKLE = { bytes: 1, everyMs: 1_000 } as const;

const asBytes = (body: string | Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> =>
  typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array());

/**
 * A Response in-process. What only a socket can do is imitated: a reset is a body that errors (or a rejected fetch
 * when nothing was to be sent), a black hole never settles until the signal aborts.
 */
export async function toResponse(
  { reply, wire }: Handled,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Response> {
  const init = { status: reply.status, headers: reply.headers };
  if (wire === undefined && isByteStream(reply.body)) return new Response(pulled(reply.body), init);
  const body = replyBytes(await wholeReply(reply));
  if (wire === undefined) return new Response(body ?? null, init);
  const bytes = asBytes(body);
  switch (wire.type) {
    case "blackHole":
      return new Promise((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    case "reset": {
      const upTo = wire.afterBytes ?? Math.floor(bytes.length / 2);
      if (upTo === 0) throw new TypeError("fetch failed: the emulator reset the connection");
      return new Response(
        streamOf(bytes.slice(0, upTo), new TypeError("terminated: connection reset")),
        init,
      );
    }
    case "lieAboutLength": {
      const headers = { ...reply.headers, "content-length": String(bytes.length + wire.by) };
      const rest = wire.by > 0 ? new TypeError("terminated: the body ended early") : undefined;
      return new Response(streamOf(bytes.slice(0, bytes.length + Math.min(0, wire.by)), rest), {
        ...init,
        headers,
      });
    }
    case "trickle":
      return new Response(trickle(bytes, { ...DEFAULT_TRICKLE, ...wire }, clock, signal), init);
  }
}

/** Makes the next piece when the reader wants it. */
function pulled(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

function streamOf(bytes: Uint8Array, failure: Error | undefined): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (!sent) {
        sent = true;
        return controller.enqueue(bytes);
      }
      if (failure) controller.error(failure);
      else controller.close();
    },
  });
}

function trickle(
  bytes: Uint8Array,
  pace: { bytes: number; everyMs: number },
  clock: Clock,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let at = 0;
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  return new ReadableStream({
    async pull(controller) {
      if (at >= bytes.length) return controller.close();
      await clock.sleep(pace.everyMs, stopped);
      controller.enqueue(bytes.slice(at, at + pace.bytes));
      at += pace.bytes;
    },
    cancel: (reason) => stop.abort(reason),
  });
}
