import assert from "node:assert/strict";
import type { Json } from "../../define/json.ts";
import { kickQueue } from "../../ports/job-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise, StorageTest } from "../storage-promise.ts";

/** Works a queue until `enough`, or too long. */
async function worked(
  test: StorageTest,
  queue: string,
  enough: (data: readonly Json[]) => boolean,
  handler: (data: readonly Json[]) => void = () => {},
): Promise<Json[]> {
  const stop = new AbortController();
  const done: Json[] = [];
  const work = test.storage.jobs.work(queue, {
    batchSize: 10,
    signal: stop.signal,
    handler: async (jobs) => {
      const data = jobs.map((job) => job.data);
      handler(data);
      done.push(...data);
    },
  });
  const patience = 200;
  for (let i = 0; i < patience && !enough(done); i++) {
    await test.wait(50);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  stop.abort();
  await work;
  return done;
}

export const jobPromises: readonly StoragePromise[] = [
  {
    title: "every job that is sent is worked, by the workers of its queue only",
    async run(test) {
      const [queue, other] = [`q-${newId()}`, `q-${newId()}`];
      await test.storage.jobs.send(other, [{ other: true }]);
      await test.storage.jobs.send(queue, [{ n: 1 }, { n: 2, deep: ["ü", null] }]);
      await test.storage.jobs.send(queue, [{ n: 3 }]);
      const done = await worked(test, queue, (data) => data.length >= 3);
      const numbers = done.map((data) => (data as { n?: number }).n ?? 0).sort();
      assert.deepEqual(numbers, [1, 2, 3]);
    },
  },
  {
    title: "a batch whose handler throws is put back and worked again",
    async run(test) {
      const queue = `q-${newId()}`;
      let tries = 0;
      await test.storage.jobs.send(queue, [{ n: 1 }]);
      const done = await worked(
        test,
        queue,
        (data) => data.length > 0,
        () => {
          if (++tries === 1) throw new TypeError("not this time");
        },
      );
      assert.deepEqual(done, [{ n: 1 }]);
    },
  },
  {
    title: "work ends when its signal aborts, after the batch in hand",
    async run(test) {
      const stop = new AbortController();
      const queue = `q-${newId()}`;
      let through = false;
      await test.storage.jobs.send(queue, [{ n: 1 }]);
      await test.storage.jobs.work(queue, {
        batchSize: 1,
        signal: stop.signal,
        handler: async () => {
          stop.abort();
          await new Promise((resolve) => setTimeout(resolve, 10));
          through = true;
        },
      });
      assert.equal(through, true);
      await test.storage.jobs.work(queue, { batchSize: 1, signal: stop.signal, handler: async () => {} });
    },
  },
  {
    title: "waking work that is due kicks a worker",
    async run(test) {
      const orgId = `org-${newId()}`;
      await test.storage.leases.wake([{ kind: "inbox", orgId, subject: newId() }]);
      const done = await worked(test, kickQueue, (data) => data.length > 0);
      assert.ok(done.length > 0);
    },
  },
];
