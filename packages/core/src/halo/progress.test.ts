import { expect, it } from "vitest";
import type { Run } from "../ports/run-store.ts";
import { progressOf } from "./progress.ts";

const startedAt = new Date("2026-03-01T10:00:00Z");
const minute = 60_000;

function leftAfter(minutes: number, read: number, more: Partial<Run> = {}): number | undefined {
  const counters = { read, written: read, unchanged: 0, deleted: 0, quarantined: 0, pages: 1 };
  const run = {
    stream: "threads",
    mode: "backfill",
    phase: "pull",
    startedAt,
    expectedRecords: 500,
    counters,
  };
  return progressOf({ ...run, ...more } as Run, startedAt.getTime() + minutes * minute).leftMs;
}

it("tells the time left at the pace so far, which holds the waiting for the vendor's limit", () => {
  // Fifteen messages a minute: the tightest limit there is.
  expect(leftAfter(1, 15)).toBeCloseTo((485 / 15) * minute, -1);
  expect(leftAfter(10, 150)).toBeCloseTo((350 / 15) * minute, -1);
  expect(leftAfter(33, 500)).toBe(0);
  expect(leftAfter(40, 600)).toBe(0);
});

it.each([
  ["before the first records came", 3, 0, {}],
  ["when nobody knows how many there are", 3, 45, { expectedRecords: undefined }],
  ["while something else than reading goes on", 3, 45, { phase: "settle" }],
  ["before it began", 3, 45, { startedAt: undefined }],
] as const)("tells no time %s", (_, minutes, read, more) => {
  expect(leftAfter(minutes, read, more)).toBeUndefined();
});
