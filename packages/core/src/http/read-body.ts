/** Why an answer was refused before it was looked at. */
export type BodyRefusal = "too_large" | "several_encodings" | "not_utf8";

export class BodyRefused extends Error {
  readonly refusal: BodyRefusal;

  constructor(refusal: BodyRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/**
 * Reads an answer's text. What is counted is what comes out of the decompression (fetch does that by itself), chunk
 * by chunk, so that a bomb is cut off at the cap and never held whole (F35, T22).
 */
export async function readBody(response: Response, maxBytes: number): Promise<string> {
  const body = response.body;
  if (body === null) return "";
  const refuse = (refusal: BodyRefusal) => {
    // Not awaited: a source that never answers its cancellation must not hold the refusal up.
    body.cancel().catch(() => {});
    return new BodyRefused(refusal);
  };
  // One layer of compression is a habit of servers, two are an attack.
  if (response.headers.get("content-encoding")?.includes(",")) throw refuse("several_encodings");
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) throw refuse("too_large");

  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        reader.cancel().catch(() => {});
        throw new BodyRefused("too_large");
      }
      text += decode(decoder, value);
    }
    return text + decode(decoder);
  } finally {
    reader.releaseLock();
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new BodyRefused("not_utf8");
  }
}
