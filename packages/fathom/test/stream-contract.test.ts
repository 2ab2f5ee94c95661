import { createVendorHttp, fixedAuthorization, silentLogger, systemClock } from "@halo/core";
import { streamContract } from "@halo/core/testing";
import { fathomEmulator } from "@halo/emulators/fathom";
import { API_ORIGIN, http } from "../src/http.ts";
import { meetings } from "../src/streams/meetings.ts";

/** An organisation with meetings on several pages, all of which the key may see. */
async function underTest() {
  const emulator = fathomEmulator({
    seed: 11,
    limits: "none",
    size: { users: 1, meetings: 34, days: 50 },
    awkward: false,
    seededUntil: Date.now(),
  });
  const client = createVendorHttp({
    // The vendor's pace is another test's.
    definition: { ...http(API_ORIGIN), budgets: [] },
    authorization: fixedAuthorization(emulator.issueKey()),
    clock: systemClock,
    logger: silentLogger,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  });
  return {
    http: client,
    refs: undefined,
    unknownKey: "999999999999",
    now: () => new Date(),
    keys: () => [...emulator.snapshot().meetings.keys()].map(String),
    change: () =>
      [emulator.record({ title: "New" }), emulator.record()].map((one) => String(one.recordingId)),
    close: () => emulator.close(),
  };
}

streamContract(meetings, () => underTest());
