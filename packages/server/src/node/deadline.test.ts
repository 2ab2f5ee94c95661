import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { deadline } from "./deadline.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("F59 calls what is late, each at its own time and once", async () => {
  const slow = deadline(100);
  const late: string[] = [];
  slow.begin(() => late.push("first"));
  await vi.advanceTimersByTimeAsync(60);
  slow.begin(() => late.push("second"));
  await vi.advanceTimersByTimeAsync(39);
  expect(late).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(late).toEqual(["first"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(late).toEqual(["first", "second"]);
});

it("F59 leaves alone what was done in time, and begins again after a quiet while", async () => {
  const slow = deadline(100);
  const late = vi.fn();
  slow.begin(late);
  slow.done(late);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(late).not.toHaveBeenCalled();
  slow.begin(late);
  await vi.advanceTimersByTimeAsync(101);
  expect(late).toHaveBeenCalledOnce();
});
