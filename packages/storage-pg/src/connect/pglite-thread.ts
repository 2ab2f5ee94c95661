import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./pglite-worker.ts";

/** The thread that the embedded database lives in. */
export interface PgliteThread {
  wire(bytes: Uint8Array): Promise<Uint8Array | undefined>;
  /** Statements without values, one of which copies `data` from '/dev/blob'. */
  copy(statements: string, data: Uint8Array): Promise<void>;
  /** True once it ended, in good order or not. */
  readonly ended: boolean;
  close(): Promise<void>;
}

type Request = ToWorker extends infer Message
  ? Message extends ToWorker
    ? Omit<Message, "id">
    : never
  : never;

/** Starts the database; resolves when it takes statements. `dataDir` undefined keeps it in memory. */
export async function startPglite(dataDir: string | undefined): Promise<PgliteThread> {
  const modules = await wasmModules();
  const worker = new Worker(workerFile(), { workerData: { dataDir, ...modules } });
  const waiting = new Map<
    number,
    { resolve(bytes: Uint8Array | undefined): void; reject(error: Error): void }
  >();
  let ended = false;
  let nextId = 1;
  let failure: Error | undefined;

  const end = (error: Error) => {
    ended = true;
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };

  const ready = new Promise<void>((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "ready") {
        resolve();
        return;
      }
      const request = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === "done") request?.resolve(message.bytes);
      else request?.reject(Object.assign(new Error(message.message), { code: message.code }));
    });
    worker.on("error", (error: unknown) => {
      // A panic of the database arrives as an exit status, which is no Error.
      const text = error instanceof Error ? error.message : "the database ended itself";
      end(new Error(`The embedded store stopped: ${text}`));
      reject(failure);
    });
    worker.on("exit", () => {
      end(new Error("The embedded store stopped."));
      reject(failure);
    });
  });
  await ready;

  const ask = (request: Request, transfer: readonly ArrayBuffer[]) =>
    new Promise<Uint8Array | undefined>((resolve, reject) => {
      if (ended) {
        reject(failure ?? new Error("The embedded store stopped."));
        return;
      }
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id }, transfer);
    });

  return {
    wire: (bytes) => ask({ kind: "wire", bytes }, [bytes.buffer as ArrayBuffer]),
    async copy(statements, data) {
      await ask({ kind: "copy", statements, data }, []);
    },
    get ended() {
      return ended;
    },
    async close() {
      if (ended) return;
      const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      try {
        // The thread ends by itself then, with nothing of the engine under way.
        await ask({ kind: "close" }, []);
        ended = true;
      } catch {
        ended = true;
        await worker.terminate();
      }
      await exited;
    },
  };
}

interface WasmModules {
  readonly pglite: WebAssembly.Module;
  readonly initdb: WebAssembly.Module;
}

let compiled: Promise<WasmModules> | undefined;

/**
 * Compiled once a process and shared by its threads: the next store opens sooner, and V8 never frees the code while it
 * still improves it, which ended the process ("jit_page.has_value()", Node 24.21) when a thread ended early.
 */
function wasmModules(): Promise<WasmModules> {
  compiled ??= (async () => {
    const folder = dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite"));
    const [pglite, initdb] = await Promise.all(
      ["pglite.wasm", "initdb.wasm"].map(async (file) =>
        WebAssembly.compile(await readFile(join(folder, file))),
      ),
    );
    if (!pglite || !initdb) throw new Error("PGlite's programs are missing: install @halo/storage-pg again");
    return { pglite, initdb };
  })();
  compiled.catch(() => {
    compiled = undefined;
  });
  return compiled;
}

/** Beside this file in the source tree; beside the bundle once built. */
function workerFile(): string {
  const here = import.meta.url;
  const names = here.endsWith(".ts")
    ? ["./pglite-worker.ts"]
    : ["./pglite-worker.js", "./connect/pglite-worker.js", "./pglite-worker.cjs"];
  for (const name of names) {
    const file = fileURLToPath(new URL(name, here));
    if (existsSync(file)) return file;
  }
  throw new Error("pglite-worker is missing beside the built package: install @halo/storage-pg again");
}
