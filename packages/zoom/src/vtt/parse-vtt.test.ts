import { describe, expect, it } from "vitest";
import { isVtt, MOST_CUES, parseVtt } from "./parse-vtt.ts";

const texts = async (...lines: string[]) =>
  (await parseVtt(["WEBVTT", "", ...lines].join("\n"))).map(({ text }) => text);
const times = async (line: string) => {
  const [cue] = await parseVtt(`WEBVTT\n\n${line}\nx\n`);
  return cue && [cue.startMs, cue.endMs];
};

describe("a WebVTT file", () => {
  it.each(["WEBVTT", "WEBVTT\n", "\ufeffWEBVTT\r\n", "WEBVTT - a title\n", "WEBVTT\tx"])(
    "is one as %j",
    (file) => {
      expect(isVtt(file)).toBe(true);
    },
  );

  it.each(["", "webvtt\n", "WEBVTTX", " WEBVTT", "<html>WEBVTT", "1\n00:00:01,000 --> 00:00:02,000\nx"])(
    "is none as %j, and has no cues",
    async (file) => {
      expect(isVtt(file)).toBe(false);
      expect(await parseVtt(file)).toEqual([]);
    },
  );

  it.each([
    ["00:00:01.500 --> 00:00:02.250", [1_500, 2_250]],
    ["01:02.000 --> 01:03.000", [62_000, 63_000]],
    ["00:00:01,500 --> 00:00:02,250", [1_500, 2_250]],
    ["99:59:59.000 --> 99:59:59.999", [359_999_000, 359_999_999]],
    ["00:00:01.000-->00:00:02.000", [1_000, 2_000]],
    ["  00:00:01.000   -->   00:00:02.000   align:start", [1_000, 2_000]],
    ["00:00:01 --> 00:00:02", [1_000, 2_000]],
    ["00:00:01.5 --> 00:00:02.5", [1_500, 2_500]],
    ["00:00:01.123456 --> 00:00:02.000", [1_123, 2_000]],
    ["00:00:05.000 --> 00:00:05.000", [5_000, 5_001]],
    ["00:00:05.000 --> 00:00:01.000", [5_000, 5_001]],
    ["00:00:05.000 --> soon", [5_000, 5_001]],
    ["soon --> 00:00:05.000", [0, 1]],
    ["00:61:00.000 --> 00:62:00.000", [0, 1]],
  ])("%s is read as %j", async (line, expected) => {
    expect(await times(line)).toEqual(expected);
  });

  it("loses no word where cues are broken", async () => {
    const cues = await texts(
      "00:00:01.000 --> 00:00:02.000",
      "alpha",
      "",
      "bravo, after a blank line",
      "",
      "soon --> later",
      "charlie",
      "",
      "2",
      "00:00:03.000 --> 00:00:04.000",
      "delta",
      "echo",
    );
    expect(cues).toEqual(["alpha\nbravo, after a blank line\ncharlie", "delta\necho"]);
  });

  it.each(["region:x", "vertical:rl", "line:5", "position:10%", "size: all of us", "align:start"])(
    "takes the text %j for text and for no setting",
    async (line) => {
      expect(await texts("00:00:01.000 --> 00:00:02.000", line)).toEqual([line]);
    },
  );

  it("leaves notes, styles, regions and the header's own lines out", async () => {
    const file = [
      "WEBVTT - Kind: captions",
      "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0",
      "",
      "NOTE a secret",
      "of two lines",
      "",
      "STYLE",
      "::cue { color: red }",
      "",
      "REGION",
      "id:fred",
      "",
      "intro",
      "00:00:01.000 --> 00:00:02.000",
      "NOTE this is said",
    ].join("\r\n");
    expect((await parseVtt(file)).map(({ text }) => text)).toEqual(["NOTE this is said"]);
  });

  it.each(["\r\n", "\n", "\r"])("may end its lines with %j", async (end) => {
    const file = ["WEBVTT", "", "00:00:01.000 --> 00:00:02.000", "a", "b", "", "x"].join(end);
    expect((await parseVtt(file)).map(({ text }) => text)).toEqual(["a\nb\nx"]);
  });

  it("reads more cues than the parser takes at once, in order", async () => {
    const lines = Array.from(
      { length: 1_000 },
      (_, i) =>
        `00:${String(Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}.000 --> 99:00:00.000\nn${i}\n`,
    );
    const cues = await parseVtt(`WEBVTT\n\n${lines.join("\n")}`);
    expect(cues.map(({ text }) => text)).toEqual(lines.map((_, i) => `n${i}`));
    expect(cues.every(({ startMs }, i) => startMs === i * 1_000)).toBe(true);
    expect(MOST_CUES).toBeGreaterThan(100_000);
  });
});
