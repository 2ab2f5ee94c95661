import { describe, expect, it } from "vitest";
import { requireFresh } from "./fresh.ts";

const now = 1_795_219_200_000;
const unverified = (reason: string) => expect.objectContaining({ code: "webhook_unverified", reason });

describe("the replay window", () => {
  it.each([0, 1, -1, 300_000, -300_000])("T04 accepts a timestamp %i ms from now", (distance) => {
    expect(() => requireFresh(String(now + distance), { now }, 1)).not.toThrow();
  });

  it.each([300_001, -300_001, 1e12, -1e12])("T04 refuses a timestamp %i ms from now", (distance) => {
    expect(() => requireFresh(String(now + distance), { now }, 1)).toThrow(
      unverified("timestamp_outside_window"),
    );
  });

  it("is as wide as it was given", () => {
    expect(() => requireFresh(String(now - 10), { now, replayWindowMs: 10 }, 1)).not.toThrow();
    expect(() => requireFresh(String(now - 11), { now, replayWindowMs: 10 }, 1)).toThrow();
    expect(() => requireFresh(String(now), { now, replayWindowMs: 0 }, 1)).not.toThrow();
  });

  it("counts seconds where a vendor does", () => {
    expect(() => requireFresh(String(now / 1_000 - 300), { now }, 1_000)).not.toThrow();
    expect(() => requireFresh(String(now / 1_000 - 301), { now }, 1_000)).toThrow();
    expect(() => requireFresh(String(now), { now }, 1_000)).toThrow();
  });

  it("looks at the clock when no time is given", () => {
    expect(() => requireFresh(String(Date.now()), {}, 1)).not.toThrow();
    expect(() => requireFresh(String(Date.now() - 301_000), {}, 1)).toThrow();
  });

  it.each([
    "",
    "soon",
    ` ${now}`,
    `${now} `,
    `+${now}`,
    `-${now}`,
    `${now}.0`,
    "1.795e12",
    `${now},${now}`,
    `${now}, ${now}`,
    "0x1a1fcb43800",
    "١٧٩٥٢١٩٢٠٠٠٠٠",
    `000${now}`,
    `${now}\n`,
  ])("T05 refuses a timestamp that is not digits only: %j", (timestamp) => {
    expect(() => requireFresh(timestamp, { now }, 1)).toThrow(unverified("timestamp_malformed"));
  });

  it.each([
    { now: Number.NaN },
    { now: Number.POSITIVE_INFINITY },
    { now, replayWindowMs: Number.NaN },
    { now, replayWindowMs: Number.POSITIVE_INFINITY },
  ])("refuses to work with %j", (time) => {
    expect(() => requireFresh(String(now), time, 1)).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: "now, replayWindowMs" }),
    );
  });

  it("lets nothing through with a negative width", () => {
    expect(() => requireFresh(String(now), { now, replayWindowMs: -1 }, 1)).toThrow();
  });
});
