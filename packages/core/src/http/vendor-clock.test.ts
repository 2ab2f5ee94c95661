import { describe, expect, it } from "vitest";
import { createVendorClock } from "./vendor-clock.ts";

const HOUR = 3_600_000;

/** A vendor whose clock is `skew` ahead of ours, and which answers half-way. */
function answer(
  clock: ReturnType<typeof createVendorClock>,
  skew: number,
  sentAt: number,
  latency: number,
): number {
  const generated = sentAt + latency / 2 + skew;
  clock.observe(new Date(Math.floor(generated / 1000) * 1000).toUTCString(), sentAt, sentAt + latency);
  return sentAt + latency;
}

describe("the vendor's clock", () => {
  it.each([-HOUR, -300_000, 0, 300_000, HOUR])(
    "F34 is never ahead of one that differs from ours by %i ms",
    (skew) => {
      const clock = createVendorClock();
      let ours = Date.UTC(2026, 10, 21, 12, 0, 0, 123);
      for (let i = 0; i < 50; i++) {
        ours = answer(clock, skew, ours + 137 * i, 50 + ((i * 61) % 400));
        const shown = clock.now(ours + 1_000)?.getTime() ?? 0;
        expect(shown).toBeLessThanOrEqual(ours + 1_000 + skew);
        expect(shown).toBeGreaterThan(ours + 1_000 + skew - 2_000);
      }
    },
  );

  it("F34 carries on for five seconds after an answer, and then stands", () => {
    const clock = createVendorClock();
    const ours = answer(clock, 0, 1_800_000_000_000, 100);
    expect(clock.now(ours + HOUR)).toEqual(clock.now(ours + 5_000));
    expect(clock.now(ours - HOUR)).toEqual(clock.now(ours));
  });

  it("F86 believes the next answer after our own clock was set forward or back", () => {
    for (const step of [HOUR, -HOUR]) {
      const clock = createVendorClock();
      const before = answer(clock, 0, 1_800_000_000_000, 100);
      const after = answer(clock, -step, before + step, 100);
      const truth = after - step;
      expect(clock.now(after)?.getTime()).toBeLessThanOrEqual(truth);
      expect(clock.now(after)?.getTime()).toBeGreaterThan(truth - 1_500);
    }
  });

  it("knows nothing before the first answer, nor from an answer without a date", () => {
    const clock = createVendorClock();
    clock.observe(null, 1, 2);
    clock.observe("yesterday", 1, 2);
    expect(clock.now(3)).toBeUndefined();
  });
});
