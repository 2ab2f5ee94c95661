import { describe, expect, it } from "vitest";
import { nextOpening } from "./window.ts";

const at = (iso: string) => Date.parse(iso);
const opening = (window: unknown, iso: string) => new Date(nextOpening(window, at(iso))).toISOString();
const night = { from: "22:00", to: "06:00", timeZone: "Europe/Berlin" };
const day = { from: "09:00", to: "17:00", timeZone: "America/New_York" };

describe("the window of the day", () => {
  it("is always open where none is set", () => {
    expect(opening(undefined, "2026-03-01T12:00:30Z")).toBe("2026-03-01T12:00:30.000Z");
    expect(opening(null, "2026-03-01T12:00:30Z")).toBe("2026-03-01T12:00:30.000Z");
  });

  it("lets a sync that is due inside it begin at once", () => {
    expect(opening(day, "2026-03-02T15:30:10Z")).toBe("2026-03-02T15:30:10.000Z");
    expect(opening(night, "2026-03-02T23:30:00Z")).toBe("2026-03-02T23:30:00.000Z");
    expect(opening(night, "2026-03-02T02:30:00Z")).toBe("2026-03-02T02:30:00.000Z");
  });

  it("makes one that is due outside it wait for the opening, by the zone's clock", () => {
    expect(opening(day, "2026-03-02T10:00:00Z")).toBe("2026-03-02T14:00:00.000Z");
    expect(opening(night, "2026-03-02T12:00:00Z")).toBe("2026-03-02T21:00:00.000Z");
    // In summer the same wall clock is another hour of UTC.
    expect(opening(night, "2026-07-02T12:00:00Z")).toBe("2026-07-02T20:00:00.000Z");
  });

  it("F85 opens once on a day whose opening hour does not exist, and on one that has it twice", () => {
    const gap = { from: "02:15", to: "02:45", timeZone: "Europe/Berlin" };
    // On 29 March 2026 there is no 02:15 in Berlin: the next one is a day later.
    expect(opening(gap, "2026-03-29T00:30:00Z")).toBe("2026-03-30T00:15:00.000Z");
    // On 25 October 2026 there are two; the first one opens.
    expect(opening(gap, "2026-10-24T23:00:00Z")).toBe("2026-10-25T00:15:00.000Z");
  });
});
