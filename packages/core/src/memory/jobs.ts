import type { Json } from "../define/json.ts";
import type { JobStore } from "../ports/job-store.ts";
import { copy, type Queue, type State } from "./state.ts";

/** After a handler threw. */
const backOffMs = 100;

function queueOf(state: State, name: string): Queue {
  let queue = state.queues.get(name);
  if (queue === undefined) {
    queue = { jobs: [], waiting: new Set() };
    state.queues.set(name, queue);
  }
  return queue;
}

/** A job that waits already is not queued again: a wake is a wake. */
export function sendJobs(state: State, name: string, jobs: readonly Json[]): void {
  const queue = queueOf(state, name);
  const waiting = new Set(queue.jobs.map(({ data }) => JSON.stringify(data)));
  for (const data of jobs)
    if (!waiting.has(JSON.stringify(data))) queue.jobs.push({ id: `${++state.sequence}`, data: copy(data) });
  for (const go of queue.waiting) go();
}

export function memoryJobs(state: State): JobStore {
  return {
    async send(queue, jobs) {
      sendJobs(state, queue, jobs);
    },

    async work(name, { batchSize, signal, handler }) {
      const queue = queueOf(state, name);
      while (!signal.aborted) {
        const batch = queue.jobs.splice(0, batchSize);
        if (batch.length === 0) {
          await arrival(queue, signal);
          continue;
        }
        try {
          await handler(copy(batch));
        } catch {
          queue.jobs.unshift(...batch);
          await state.clock.sleep(backOffMs, signal).catch(() => {});
        }
      }
    },
  };
}

function arrival(queue: Queue, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      queue.waiting.delete(go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    queue.waiting.add(go);
    signal.addEventListener("abort", go, { once: true });
  });
}
