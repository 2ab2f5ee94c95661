import { describe, expect, it } from "vitest";
import { fakeClock } from "./fake-clock.ts";
import { knownPeople } from "./known-people.ts";
import { heldSchedule } from "./vendor-world.ts";

const MINUTE = 60_000;
const hourly = { ...knownPeople([]), schedule: { everyMs: 60 * MINUTE } };

describe("a held schedule", () => {
  it("is due for no worker until the test lets it begin", async () => {
    const clock = fakeClock();
    const { integration } = heldSchedule(hourly, clock);
    expect(integration.schedule).toBeUndefined();
    await clock.advance(2 * 60 * MINUTE);
    expect(integration.schedule).toBeUndefined();
    expect({ ...integration, schedule: hourly.schedule }).toEqual(hourly);
  });

  it("is the integration's own for the worker that starts then, and over before its minute is", async () => {
    const clock = fakeClock();
    const { begin, integration } = heldSchedule(hourly, clock);
    begin();
    expect(integration.schedule).toEqual(hourly.schedule);
    await clock.advance(1_000);
    expect(integration.schedule).toEqual(hourly.schedule);
    await clock.advance(MINUTE / 2);
    expect(integration.schedule).toBeUndefined();
  });

  it("begins anew each time, and leaves the definition that it was given alone", async () => {
    const clock = fakeClock();
    const { begin, integration } = heldSchedule(hourly, clock);
    for (let hour = 0; hour < 2; hour++) {
      begin();
      expect(integration.schedule).toBeDefined();
      await clock.advance(60 * MINUTE);
      expect(integration.schedule).toBeUndefined();
    }
    expect(hourly.schedule).toEqual({ everyMs: 60 * MINUTE });
  });
});
