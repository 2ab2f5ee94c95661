import type { IncomingMessage } from "node:http";
import { ConfigurationError } from "@halo/core";
import { type BodyLimits, bodyBroken, bodySlow, bodyTooLarge, requirePlainBody } from "../read-body.ts";

/** As `readBody`, from node's own request. */
export function readIncoming(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { headers } = incoming;
    requirePlainBody(headers["content-encoding"], headers["content-length"], limits);
    const { rawBody } = incoming as { rawBody?: unknown };
    if (rawBody instanceof Uint8Array) {
      if (rawBody.byteLength > limits.maxBytes) throw bodyTooLarge();
      resolve(rawBody);
      return;
    }
    if (incoming.readableDidRead || incoming.readableEnded) {
      throw new ConfigurationError(
        "Something read the webhook's body before Halo: mount the handler before any body parser.",
        { option: "handler" },
      );
    }
    let chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (error?: Error) => {
      clearTimeout(timer);
      incoming.off("data", onData);
      incoming.off("end", onEnd);
      incoming.off("error", onGone);
      incoming.off("close", onGone);
      if (error) {
        chunks = [];
        reject(error);
      } else {
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      }
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > limits.maxBytes) settle(bodyTooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => settle();
    const onGone = () => settle(bodyBroken());
    const timer = setTimeout(() => settle(bodySlow()), limits.maxMs);
    incoming.on("data", onData);
    incoming.on("end", onEnd);
    incoming.on("error", onGone);
    incoming.on("close", onGone);
  });
}
