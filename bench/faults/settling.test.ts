import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { settling } from "./settling.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

async function after(counts: (atMs: number) => number, mostMs?: number): Promise<string[]> {
  const began = performance.now();
  const waited = settling(
    async () => {
      const open = counts(performance.now() - began);
      return { open, what: String(open) };
    },
    1_000,
    mostMs,
  );
  await vi.advanceTimersByTimeAsync(400_000);
  return await waited;
}

const slowly = (atMs: number) => Math.max(0, 20 - Math.floor(atMs / 900));

it("what is not through in time is told, also where some of it ended", async () => {
  expect(await after((atMs) => (atMs < 900 ? 1 : 0))).toEqual([]);
  expect(await after(slowly)).toEqual([expect.stringMatching(/^after 1 s 19 /)]);
});

it("what goes out piece by piece is waited for as long as something of it ends, and no longer than that may take", async () => {
  expect(await after(slowly, 60_000)).toEqual([]);
  expect(await after(slowly, 9_000)).toEqual([expect.stringMatching(/^after 9 s 1[01] /)]);
});

it("what stands still is told, also where it fell before", async () => {
  expect(await after((atMs) => (atMs < 500 ? 9 : 3), 60_000)).toEqual([
    expect.stringMatching(/^after 2 s 3 /),
  ]);
});

it("what rises and falls again has not gone on", async () => {
  expect(await after((atMs) => 2 + (Math.floor(atMs / 300) % 2), 60_000)).toEqual([
    expect.stringContaining("are not through"),
  ]);
});

it("a worker that never answers is told", async () => {
  const waited = settling(() => Promise.reject(new Error("gone")), 1_000);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await waited).toEqual(["after 1 s a worker does not answer"]);
});
