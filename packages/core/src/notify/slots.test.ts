import { describe, expect, it } from "vitest";
import type { DigestSchedule } from "../ports/notification-store.ts";
import { slotsAround } from "./slots.ts";

const daily = (at: string, timeZone: string): DigestSchedule => ({ frequency: "daily", at, timeZone });
const iso = (time: number) => new Date(time).toISOString().slice(0, 16);
const around = (schedule: DigestSchedule, now: string) => {
  const { last, next } = slotsAround(schedule, Date.parse(now));
  return [iso(last), iso(next)];
};
/** Every slot from one time to another; at each, the last and the next are looked for from both its sides. */
function slotsBetween(schedule: DigestSchedule, from: string, to: string): string[] {
  const slots: number[] = [];
  let { next } = slotsAround(schedule, Date.parse(from));
  while (next <= Date.parse(to)) {
    slots.push(next);
    const after = slotsAround(schedule, next);
    expect([after.last, slotsAround(schedule, next - 1).next]).toEqual([next, next]);
    next = after.next;
  }
  return slots.map(iso);
}

describe("a digest's slots", () => {
  it("come at the time of day that the time zone's clock shows", () => {
    expect(around(daily("09:30", "Europe/Berlin"), "2026-03-06T12:00:00Z")).toEqual([
      "2026-03-06T08:30",
      "2026-03-07T08:30",
    ]);
    expect(around(daily("09:30", "Asia/Kolkata"), "2026-03-06T03:59:59Z")).toEqual([
      "2026-03-05T04:00",
      "2026-03-06T04:00",
    ]);
    expect(around(daily("09:30", "UTC"), "2026-03-06T09:30:00Z")[0]).toBe("2026-03-06T09:30");
  });

  it("come on the day of the week of a weekly one, by the time zone's calendar", () => {
    const weekly: DigestSchedule = { ...daily("00:30", "Pacific/Auckland"), frequency: "weekly", weekday: 1 };
    expect(around(weekly, "2026-03-06T12:00:00Z")).toEqual(["2026-03-01T11:30", "2026-03-08T11:30"]);
    const { weekday: _, ...monday } = weekly;
    expect(around(monday, "2026-03-06T12:00:00Z")).toEqual(around(weekly, "2026-03-06T12:00:00Z"));
  });

  it("F85 come once on the day whose clock goes forward over their time, after the gap", () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00.
    expect(
      slotsBetween(daily("02:30", "Europe/Berlin"), "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
    ).toEqual(["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]);
  });

  it("F85 come once on the day whose clock shows their time twice, the first time", () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00.
    expect(
      slotsBetween(daily("02:30", "Europe/Berlin"), "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
    ).toEqual(["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]);
  });

  it.each([
    ["America/St_Johns", "00:00"],
    ["Australia/Lord_Howe", "01:45"],
    ["America/Santiago", "00:00"],
    ["Africa/Cairo", "00:00"],
    ["Pacific/Apia", "12:00"],
  ])("F85 come once a day all year round in %s at %s", (timeZone, at) => {
    const slots = slotsBetween(daily(at, timeZone), "2026-01-01T13:00:00Z", "2027-01-01T13:00:00Z");
    expect(slots).toHaveLength(365);
    const gaps = slots.slice(1).map((slot, index) => Date.parse(`${slot}Z`) - Date.parse(`${slots[index]}Z`));
    const hour = 60 * 60_000;
    expect(gaps.every((gap) => gap >= 23 * hour && gap <= 25 * hour)).toBe(true);
  });
});
