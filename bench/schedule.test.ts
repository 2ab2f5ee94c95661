import { describe, expect, it } from "vitest";
import { section8 } from "./schedule.bench.ts";
import { SHAPES } from "./schedule-portal.ts";
import type { Plan } from "./schedule-sync.ts";

const plan: Plan = new Map();

describe("a first sync of the account of PERFORMANCE §8, in virtual time", () => {
  it("P17 takes at most 3,330 requests for the backfill, and none for the same page twice", async () => {
    const synced = await section8({ max: 110, windowMs: 10_000 }, plan);
    expect(synced.status.every((status) => status.endsWith("succeeded"))).toBe(true);
    expect(synced.pages).toBe(3_300);
    expect(synced.repeated).toBe(0);
    expect(synced.pulled).toBeLessThanOrEqual(3_330);
    expect(synced.refused).toBe(0);
  });

  it.each(SHAPES)(
    "P16 takes at most 1.05 of the bound at $max per 10 s with its parts known, without a 429",
    async (shape) => {
      const synced = await section8(shape, plan);
      const bound = ((Math.ceil(synced.limited / shape.max) - 1) * shape.windowMs) / 1_000;
      expect({ pages: synced.pages, refused: synced.refused }).toEqual({ pages: 3_300, refused: 0 });
      expect(synced.peak).toBeLessThanOrEqual(shape.max);
      expect(synced.seconds / bound).toBeLessThanOrEqual(1.05);
    },
  );
});
