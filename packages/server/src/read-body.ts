import { Refusal } from "./refusal.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
}

/**
 * The raw bytes of a request, or throws a refusal: 415 for a compressed body, 413 as soon as one is known to be too
 * large (by its announced length before a byte is read, else while it comes), 408 when it takes too long, 400 when it
 * breaks off.
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const { headers } = request;
  const announced = headers.get("content-length") ?? undefined;
  requirePlainBody(headers.get("content-encoding") ?? undefined, announced, limits.maxBytes);

  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(bodySlow()), limits.maxMs);
  });
  try {
    // A server never hands over more than was announced; without an announcement the bytes are counted as they come.
    const body = await Promise.race([
      announced === undefined ? counted(request, limits, tooSlow) : whole(request),
      tooSlow,
    ]);
    if (body.byteLength > limits.maxBytes) throw bodyTooLarge();
    return body;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw bodyBroken();
  } finally {
    clearTimeout(timer);
  }
}

async function whole(request: Request): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer());
}

async function counted(request: Request, limits: BodyLimits, tooSlow: Promise<never>): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  tooSlow.catch((reason: unknown) => void reader.cancel(reason).catch(() => {}));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > limits.maxBytes) {
      void reader.cancel().catch(() => {});
      throw bodyTooLarge();
    }
    chunks.push(value);
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

/** What the headers alone can refuse. */
export function requirePlainBody(
  encoding: string | undefined,
  length: string | undefined,
  maxBytes: number,
): void {
  // Signatures are over what travelled, and a few bytes can unpack to gigabytes: nothing is unpacked here (T22).
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new Refusal(415, "body_encoded", "Send the body without a content-encoding.");
  }
  if (length !== undefined && Number(length) > maxBytes) throw bodyTooLarge();
}

export function bodyTooLarge(): Refusal {
  return new Refusal(413, "body_too_large", "The body is larger than this route takes.");
}

export function bodySlow(): Refusal {
  return new Refusal(408, "body_slow", "The body took too long.");
}

export function bodyBroken(): Refusal {
  return new Refusal(400, "body_incomplete", "The body broke off, or was read before Halo could.");
}
