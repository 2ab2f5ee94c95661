import { describe, expect, it } from "vitest";
import { section8 } from "./schedule.bench.ts";
import { SHAPES } from "./schedule-portal.ts";

describe("a first sync of the account of PERFORMANCE §8, in virtual time", () => {
  it.each(SHAPES)(
    "P16, P17 takes at most 1.05 of the bound at $max per 10 s, 3,330 requests and no 429, from a cold start",
    { timeout: 120_000 },
    async (shape) => {
      const synced = await section8(shape);
      const bound = ((Math.ceil(synced.limited / shape.max) - 1) * shape.windowMs) / 1_000;
      expect(synced.status.every((status) => status.endsWith("succeeded"))).toBe(true);
      const { pages, refused, repeated } = synced;
      expect({ pages, refused, repeated }).toEqual({ pages: 3_300, refused: 0, repeated: 0 });
      expect(synced.pulled).toBeLessThanOrEqual(3_330);
      expect(synced.peak).toBeLessThanOrEqual(shape.max);
      expect(synced.seconds / bound).toBeLessThanOrEqual(1.05);
    },
  );
});
