import { transcriptText } from "@halo/core";
import { describe, expect, it } from "vitest";
import { parseVtt } from "./parse-vtt.ts";
import { speakerTurns } from "./speaker-turns.ts";

const cue = "00:00:01.000 --> 00:00:02.000\n";

/** Text that somebody may have spoken or called themselves, to the length asked for. */
const hostile: Readonly<Record<string, (length: number) => string>> = {
  "blanks before an arrow": (length) => `WEBVTT\n\n${" ".repeat(length)}-->`,
  arrows: (length) => `WEBVTT\n\n${"-->\n".repeat(length / 4)}`,
  "arrows on one line": (length) => `WEBVTT\n\n${"-->".repeat(length / 3)}`,
  "cues of one letter": (length) => `WEBVTT\n\n${`${"0:0 --> 0:1\na\n\n"}`.repeat(length / 15)}`,
  "blank lines": (length) => `WEBVTT\n\n${"\n".repeat(length)}`,
  "tags that never end": (length) => `WEBVTT\n\n${cue}${"<v ".repeat(length / 3)}`,
  "tags in tags": (length) => `WEBVTT\n\n${cue}${"<b.".repeat(length / 3)}`,
  colons: (length) => `WEBVTT\n\n${cue}${": ".repeat(length / 2)}`,
  "a long name": (length) => `WEBVTT\n\n${cue}${"Ab ".repeat(length / 3)}: x`,
  "escapes without an end": (length) => `WEBVTT\n\n${cue}${"&am".repeat(length / 3)}`,
  "a single line": (length) => `WEBVTT\n\n${cue}${"x".repeat(length)}`,
  "spaces in a cue": (length) => `WEBVTT\n\n${cue}a${" ".repeat(length)}b`,
  digits: (length) => `WEBVTT\n\n${"1".repeat(length)}\n${cue}x`,
};

/** Of the best of five runs, since a busy machine only ever adds. */
async function milliseconds(file: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const began = performance.now();
    transcriptText(speakerTurns(await parseVtt(file), []));
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

const size = 262_144;

describe("T24 T25 a hostile transcript", () => {
  it.each(Object.keys(hostile))("of %s takes time in step with its length", async (name) => {
    const make = hostile[name] ?? (() => "");
    let calmest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 5 && calmest > 2.6; attempt++) {
      const whole = await milliseconds(make(size));
      // The clock, not the text, decides a smaller ratio; what is quadratic takes seconds.
      if (whole < 10) return;
      calmest = Math.min(calmest, whole / (await milliseconds(make(size / 2))));
    }
    expect(calmest).toBeLessThanOrEqual(2.6);
  });
});
