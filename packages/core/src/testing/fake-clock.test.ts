import { describe, expect, it } from "vitest";
import { fakeClock } from "./fake-clock.ts";

describe("the fake clock", () => {
  it("stands still until it is advanced", async () => {
    const clock = fakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(500);
    expect(clock.now()).toBe(1_500);
  });

  it("wakes sleepers in their order, each at its own time, and lets them sleep again within the span", async () => {
    const clock = fakeClock(0);
    const woken: string[] = [];
    const nap = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.now()}`);
    };
    void nap("late", 50);
    void nap("early", 10).then(() => nap("again", 20));
    void nap("never", 101);
    await clock.advance(100);
    expect(woken).toEqual(["early at 10", "again at 30", "late at 50"]);
    expect(clock.now()).toBe(100);
    expect(clock.sleeping).toBe(1);
  });

  it("rejects a sleep whose signal aborts, with its reason, and forgets it", async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const sleep = clock.sleep(10, stop.signal);
    stop.abort(new TypeError("enough"));
    await expect(sleep).rejects.toThrow(TypeError);
    await expect(clock.sleep(10, stop.signal)).rejects.toThrow(TypeError);
    expect(clock.sleeping).toBe(0);
  });

  it("runs a piece of work to its end in no time, and passes on what it came to", async () => {
    const clock = fakeClock(0);
    const work = async () => {
      for (let i = 0; i < 10; i++) await clock.sleep(60_000);
      return clock.now();
    };
    expect(await clock.run(work())).toBe(600_000);
    const failing = clock.sleep(5).then(() => Promise.reject(new RangeError("no")));
    await expect(clock.run(failing)).rejects.toThrow(RangeError);
  });
});
