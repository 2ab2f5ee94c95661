import { type HubSpotEmulatorOptions, hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { Mirror } from "./mirror.ts";
import { differences } from "./snapshot-rows.ts";

const STREAMS = ["contacts", "companies", "deals", "engagements"];

function open(options: HubSpotEmulatorOptions = {}) {
  return hubspotEmulator({ seed: 7, limits: "none", ...options });
}

describe("backfill", () => {
  it.each(STREAMS)("brings every record of %s as HubSpot has it", async (stream) => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    await mirror.pull(stream);
    expect(mirror.rows.get(stream)!.size).toBeGreaterThan(10);
    expect(differences(emulator, mirror, stream)).toEqual([]);
    expect(mirror.quarantined).toEqual([]);
  });

  it.each(STREAMS)("of %s leaves no gap and no repeat when it resumes after each page", async (stream) => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    await mirror.pullResuming(stream);
    expect(differences(emulator, mirror, stream)).toEqual([]);
  });
});
