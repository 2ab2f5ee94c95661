import { describe, expect, it } from "vitest";
import type { Stop, Storage } from "../index.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { watchStops } from "./watch-stops.ts";

const stop: Stop = { scope: "org", by: "grace", stoppedAt: new Date(0), resumedAt: undefined };

function watching() {
  const clock = fakeClock();
  const store = { stops: [] as Stop[], away: false, looks: 0 };
  const stops = async (orgId: string) => {
    store.looks += 1;
    if (store.away) throw new Error("away");
    return orgId === "o" ? store.stops : [];
  };
  const storage = { approvals: { stops } } as unknown as Storage;
  return { clock, store, watch: watchStops({ clock, storage }, "o") };
}

describe("A13 an attempt that waits for a vendor", () => {
  it("is aborted within half a second of a stop, and says why", async () => {
    const { clock, store, watch } = watching();
    await clock.advance(1_400);
    expect(watch.signal.aborted).toBe(false);
    store.stops = [{ ...stop, resumedAt: new Date(1) }, stop];
    await clock.advance(500);
    expect(watch.signal.reason).toMatchObject({ code: "gate_closed", gate: "stopped" });
    expect(clock.sleeping).toBe(0);
  });

  it("goes on where a stop is over, and where the store is away for a moment", async () => {
    const { clock, store, watch } = watching();
    store.stops = [{ ...stop, resumedAt: new Date(1) }];
    await clock.advance(1_000);
    store.away = true;
    await clock.advance(1_000);
    expect(watch.signal.aborted).toBe(false);
    expect(store.looks).toBe(4);
    Object.assign(store, { away: false, stops: [stop] });
    await clock.advance(500);
    expect(watch.signal.aborted).toBe(true);
  });

  it("asks nothing while it lasts no longer than half a second, and nothing once it has ended", async () => {
    const { clock, store, watch } = watching();
    await clock.advance(499);
    expect(store.looks).toBe(0);
    await clock.advance(1);
    expect(store.looks).toBe(1);
    watch.end();
    store.stops = [stop];
    await clock.advance(5_000);
    expect(store.looks).toBe(1);
    expect(watch.signal.aborted).toBe(false);
    expect(clock.sleeping).toBe(0);
  });
});
