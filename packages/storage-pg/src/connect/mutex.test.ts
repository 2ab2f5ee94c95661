import { expect, it } from "vitest";
import { mutex } from "./mutex.ts";

it("lets urgent ones go before whoever waits, each in the order in which they came", async () => {
  const turn = mutex(1_000);
  const order: string[] = [];
  const first = await turn.take();
  const waiting = ["a", "b", "urgent c", "d", "urgent e"].map(async (name) => {
    const letGo = await turn.take(name.startsWith("urgent"));
    order.push(name);
    letGo();
  });
  first();
  await Promise.all(waiting);
  expect(order).toEqual(["urgent c", "urgent e", "a", "b", "d"]);
});

it("F72 rejects a wait that is too long with a typed error, and serves the next one", async () => {
  const turn = mutex(20);
  const first = await turn.take();
  await expect(turn.take()).rejects.toMatchObject({ code: "storage_failed", retryable: true });
  first();
  (await turn.take())();
});

it("F72 does not count the time in which this process was blocked: nobody could let go", async () => {
  const turn = mutex(60);
  const first = await turn.take();
  const second = turn.take();
  // In the timers' turn of the event loop; the answer of the store's thread comes behind those that are due by then.
  setTimeout(() => {
    const until = performance.now() + 200;
    while (performance.now() < until);
    setImmediate(() => setImmediate(first));
  });
  (await second)();
});
