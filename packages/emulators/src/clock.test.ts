import { describe, expect, it } from "vitest";
import { manualClock, systemClock } from "./clock.ts";

describe("a manual clock", () => {
  it("wakes sleepers in the order of their due times, each at its own time", async () => {
    const clock = manualClock(0);
    const woken: [string, number][] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    void sleep("late", 300);
    void sleep("early", 100).then(() => sleep("again", 100));
    await clock.advance(250);
    expect(woken).toEqual([
      ["early", 100],
      ["again", 200],
    ]);
    expect([clock.now(), clock.nextDue, clock.sleeping]).toEqual([250, 300, 1]);
  });

  it("F86 jumps without waking anybody", async () => {
    const clock = manualClock(1_000);
    let woken = false;
    void clock.sleep(10).then(() => {
      woken = true;
    });
    clock.set(0);
    await clock.advance(5);
    expect([clock.now(), woken]).toEqual([5, false]);
  });

  it("a sleeper whose signal aborts rejects with its reason", async () => {
    const clock = manualClock();
    const abort = new AbortController();
    const slept = clock.sleep(10, abort.signal);
    abort.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    expect(clock.sleeping).toBe(0);
  });
});

it("the machine's clock can be wrong by a fixed amount", () => {
  expect(Math.abs(systemClock(3_600_000).now() - Date.now() - 3_600_000)).toBeLessThan(1_000);
});
