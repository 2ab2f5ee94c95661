/**
 * The embedded database's own thread: a query blocks the thread it runs on, and that must not be the host's. Speaks
 * PostgreSQL's wire protocol, so that the main thread uses the same driver as for a server. Imports nothing of Halo.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

export type ToWorker =
  | { readonly id: number; readonly kind: "wire"; readonly bytes: Uint8Array }
  | { readonly id: number; readonly kind: "copy"; readonly statements: string; readonly data: Uint8Array }
  | { readonly id: number; readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly id: number; readonly kind: "done"; readonly bytes: Uint8Array | undefined }
  | {
      readonly id: number;
      readonly kind: "failed";
      readonly message: string;
      readonly code: string | undefined;
    };

const port = parentPort;
if (!port) throw new Error("pglite-worker.ts runs in a worker thread");

const { dataDir, pglite, initdb } = workerData as {
  dataDir: string | undefined;
  pglite: WebAssembly.Module;
  initdb: WebAssembly.Module;
};

const opening = PGlite.create({
  ...(dataDir === undefined ? {} : { dataDir }),
  extensions: { vector },
  pgliteWasmModule: pglite,
  initdbWasmModule: initdb,
  relaxedDurability: false,
});

async function answer(message: ToWorker): Promise<Uint8Array | undefined> {
  const db = await opening;
  switch (message.kind) {
    case "wire": {
      const chunks: Uint8Array[] = [];
      await db.execProtocolRawStream(message.bytes, { onRawData: (bytes) => chunks.push(bytes.slice()) });
      return join(chunks);
    }
    case "copy":
      // COPY FROM STDIN over the wire ends this build of PostgreSQL; its own device for bulk data does not.
      await db.exec(message.statements, { blob: new Blob([message.data as Uint8Array<ArrayBuffer>]) });
      return undefined;
    case "close":
      await db.close();
      return undefined;
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** One message after the other, in the order they came. */
let last: Promise<void> = Promise.resolve();
port.on("message", (message: ToWorker) => {
  last = last.then(async () => {
    try {
      const bytes = await answer(message);
      port.postMessage(
        { id: message.id, kind: "done", bytes } satisfies FromWorker,
        bytes ? [bytes.buffer as ArrayBuffer] : [],
      );
      if (message.kind === "close") port.close();
    } catch (error) {
      const { message: text, code } = error as { message?: string; code?: string };
      port.postMessage({
        id: message.id,
        kind: "failed",
        message: text ?? String(error),
        code,
      } satisfies FromWorker);
    }
  });
});

opening.then(
  () => port.postMessage({ kind: "ready" } satisfies FromWorker),
  // Unhandled it ends the thread, and the main thread hears why.
  (error: unknown) => {
    throw error;
  },
);
