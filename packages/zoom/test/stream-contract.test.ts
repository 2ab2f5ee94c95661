import { createVendorHttp, fixedAuthorization, silentLogger, systemClock } from "@halo/core";
import { streamContract } from "@halo/core/testing";
import { zoomEmulator } from "@halo/emulators/zoom";
import { http } from "../src/http.ts";
import { references } from "../src/references.ts";
import { meetings } from "../src/streams/meetings.ts";
import { transcripts } from "../src/streams/transcripts.ts";

/** An account of a few people, with meetings in several months and on several pages. */
async function underTest(kind: "meetings" | "transcripts") {
  const emulator = zoomEmulator({
    seed: 11,
    limits: "none",
    management: "admin",
    size: { users: 2, meetings: 70, days: 50 },
    awkward: false,
    seededUntil: Date.now(),
  });
  const client = createVendorHttp({
    // The vendor's pace is another test's.
    definition: { ...http(undefined, "pro"), budgets: [] },
    authorization: fixedAuthorization(emulator.issueAccessToken()),
    clock: systemClock,
    logger: silentLogger,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  });
  const signal = new AbortController().signal;
  const { refs } = await references("admin")({ http: client, scopes: undefined, signal });
  const change = () => [emulator.hold({ topic: "New" }).uuid, emulator.hold({ topic: "Newer" }).uuid];
  return {
    http: client,
    refs,
    unknownKey: "/none//such==",
    now: () => new Date(),
    keys: () => [...emulator.snapshot().meetings.values()].map(({ uuid }) => uuid),
    change,
    close: () => emulator.close(),
    kind,
  };
}

streamContract(meetings, () => underTest("meetings"));
streamContract(transcripts, () => underTest("transcripts"));
