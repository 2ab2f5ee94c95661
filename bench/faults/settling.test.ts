import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { settling } from "./settling.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

async function after(counts: (atMs: number) => number): Promise<string[]> {
  const waited = settling(async () => {
    const open = counts(performance.now());
    return { open, what: String(open) };
  }, 1_000);
  await vi.advanceTimersByTimeAsync(400_000);
  return await waited;
}

it("what ends is waited for, however slowly, as long as something of it ends", async () => {
  expect(await after((atMs) => Math.max(0, 20 - Math.floor(atMs / 900)))).toEqual([]);
});

it("what stands still is told, also where it fell before", async () => {
  expect(await after((atMs) => (atMs < 500 ? 9 : 3))).toEqual(["after 2 s 3 are not through"]);
});

it("what rises and falls again has not gone on", async () => {
  expect(await after((atMs) => 2 + (Math.floor(atMs / 300) % 2))).toEqual([
    expect.stringContaining("are not through"),
  ]);
});

it("a worker that never answers is told", async () => {
  const waited = settling(() => Promise.reject(new Error("gone")), 1_000);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await waited).toEqual(["after 1 s a worker does not answer"]);
});
