import { expect, it } from "vitest";
import { createTurns } from "./turns.ts";

it("has no more at work than its width, and lets the longest go first", async () => {
  const turns = await createTurns(2);
  const order: number[] = [];
  let atWork = 0;
  let most = 0;
  const page = (left: number) =>
    turns.take(left, async () => {
      order.push(left);
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setImmediate(resolve));
      atWork--;
    });
  await Promise.all([1, 2, 3, 9, 5].map(page));
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 9, 5, 3]);
});
