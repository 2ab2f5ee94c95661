/** As much of PostgreSQL's protocol 3 as it takes to hand one client's messages on, batch by batch. */

export type Batch =
  | { readonly kind: "encryption" }
  | { readonly kind: "end" }
  | { readonly kind: "messages"; readonly bytes: Uint8Array; readonly frames: readonly Uint8Array[] };

const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;

/** Messages after which a client waits for an answer: Query, Sync, Flush, and CopyDone or CopyFail. */
const waitsAfter = new Set([..."QSHcf"].map((letter) => letter.charCodeAt(0)));

/** Longest message that is taken in. */
const maxFrameBytes = 64 * 1024 * 1024;

/** Cuts a client's bytes into batches that end where it waits for an answer. */
export async function* frontendFrames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Batch> {
  let rest = Buffer.alloc(0);
  let started = false;
  let frames: Buffer[] = [];
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = started ? 1 : 0;
      if (rest.length < head + 4) break;
      const length = head + rest.readUInt32BE(head);
      if (length < head + 4 || length > maxFrameBytes) return;
      if (rest.length < length) break;
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (!started) {
        const code = frame.length >= 8 ? frame.readUInt32BE(4) : 0;
        if (code === sslRequest || code === gssRequest) {
          yield { kind: "encryption" };
          continue;
        }
        if (code === cancelRequest) return;
        started = true;
        yield { kind: "messages", bytes: new Uint8Array(frame), frames: [frame] };
        continue;
      }
      if (frame[0] === 0x58) {
        yield { kind: "end" };
        return;
      }
      frames.push(frame);
      if (waitsAfter.has(frame[0] ?? 0)) {
        yield { kind: "messages", bytes: new Uint8Array(Buffer.concat(frames)), frames };
        frames = [];
      }
    }
  }
}

/** The status in the last ReadyForQuery: idle, in a transaction, in a failed one; undefined when there is none. */
export function readyStatus(answer: Uint8Array): "I" | "T" | "E" | undefined {
  const at = answer.length - 6;
  if (at < 0 || answer[at] !== 0x5a) return undefined;
  const letter = String.fromCharCode(answer[answer.length - 1] ?? 0);
  return letter === "I" || letter === "T" || letter === "E" ? letter : undefined;
}

/** A Query or Parse that would read bulk data from the client. */
export function isCopyFromClient(frame: Uint8Array): boolean {
  const type = String.fromCharCode(frame[0] ?? 0);
  if (type !== "Q" && type !== "P") return false;
  return /\bcopy\b[\s\S]*\bfrom\s+(?:stdin|program)\b/i.test(Buffer.from(frame.subarray(5)).toString("utf8"));
}

/** The name that a Parse gives its statement. */
export function preparedName(frame: Uint8Array): string | undefined {
  if (frame[0] !== 0x50) return undefined;
  const end = frame.indexOf(0, 5);
  return end > 5 ? Buffer.from(frame.subarray(5, end)).toString("utf8") : undefined;
}

/** An error and ready again. */
export function refusal(status: "I" | "E"): Uint8Array {
  const fields = Buffer.from(
    "SERROR\0VERROR\0C0A000\0MCOPY FROM STDIN is not for an embedded store: use INSERT, or a PostgreSQL server.\0\0",
  );
  const error = Buffer.alloc(5);
  error.write("E");
  error.writeUInt32BE(fields.length + 4, 1);
  const ready = Buffer.from([0x5a, 0, 0, 0, 5, status.charCodeAt(0)]);
  return Buffer.concat([error, fields, ready]);
}
