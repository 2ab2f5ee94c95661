import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { groupCommit } from "./group-commit.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] }));
afterEach(() => void vi.useRealTimers());

function opened() {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const commit = groupCommit(
    async (rows: readonly number[]) => {
      batches.push([...rows]);
      await new Promise<void>((resolve) => ends.push(resolve));
      return rows;
    },
    { maxRows: 256, maxInFlight: 2, maxWaiting: 1_000 },
  );
  const bring = async (...rows: number[]) => {
    for (const row of rows) void commit([row]);
    await vi.advanceTimersByTimeAsync(0);
  };
  const end = async () => {
    ends.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { batches, bring, end };
}

it("sends a batch beside another once it carries as much", async () => {
  const { batches, bring } = opened();
  await bring(1, 2, 3);
  await bring(4);
  await bring(5);
  expect(batches).toEqual([[1, 2, 3]]);
  await bring(6);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

it("sends what waits as soon as nothing is on its way", async () => {
  const { batches, bring, end } = opened();
  await bring(1, 2, 3);
  await bring(4);
  await end();
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

it("lets nobody queue behind a transaction that is stuck", async () => {
  const { batches, bring } = opened();
  await bring(1, 2, 3);
  await bring(4);
  await vi.advanceTimersByTimeAsync(49);
  expect(batches).toEqual([[1, 2, 3]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

it("gives the next batch patience of its own", async () => {
  const { batches, bring, end } = opened();
  await bring(1, 2, 3);
  await bring(4);
  await vi.advanceTimersByTimeAsync(40);
  await end();
  await bring(5, 6);
  await vi.advanceTimersByTimeAsync(0);
  expect(batches).toEqual([[1, 2, 3], [4], [5, 6]]);
});
