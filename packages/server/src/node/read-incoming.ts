import type { IncomingMessage } from "node:http";
import { ConfigurationError } from "@halo/core";
import { bodyBroken, bodySlow, bodyTooLarge, requirePlainBody } from "../read-body.ts";
import type { Deadline } from "./deadline.ts";

/** As `readBody`, from node's own request. */
export function readIncoming(
  incoming: IncomingMessage,
  maxBytes: number,
  slow: Deadline,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { headers } = incoming;
    requirePlainBody(headers["content-encoding"], headers["content-length"], maxBytes);
    const { rawBody } = incoming as { rawBody?: unknown };
    if (rawBody instanceof Uint8Array) {
      if (rawBody.byteLength > maxBytes) throw bodyTooLarge();
      resolve(rawBody);
      return;
    }
    if (incoming.readableDidRead) {
      throw new ConfigurationError(
        "Something read the webhook's body before Halo: mount the handler before any body parser.",
        { option: "handler" },
      );
    }
    let chunks: Buffer[] = [];
    let bytes = 0;
    let refused = false;
    const refuse = (error: Error) => {
      refused = true;
      chunks = [];
      slow.done(late);
      reject(error);
    };
    const late = () => refuse(bodySlow());
    slow.begin(late);
    // None is taken off again: that costs more than being called once more to no effect.
    incoming.on("data", (chunk: Buffer) => {
      if (refused) return;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) refuse(bodyTooLarge());
      else chunks.push(chunk);
    });
    incoming.on("end", () => {
      slow.done(late);
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    incoming.on("close", () => {
      if (!refused && !incoming.complete) refuse(bodyBroken());
    });
  });
}
