import { describe, expect, it } from "vitest";
import { chunkText } from "../chunk/chunk-text.ts";
import { cleanText } from "../clean/clean-text.ts";
import { timeSpan } from "./time-span.ts";
import { speakerName, timeStamp, transcriptText } from "./transcript-text.ts";

const minute = 60_000;

describe("a transcript's text", () => {
  it("has a line for each turn: when, who, what", () => {
    const text = transcriptText([
      { speaker: "Ada Lovelace", startMs: 5_000, text: "Hello,\n  everybody." },
      { speaker: "Bo", startMs: 3_600_000 + 62_000, text: "Hi." },
      { text: "And me." },
      { speaker: "Nobody", startMs: 0, text: "  " },
    ]);
    expect(text).toBe("[00:00:05] Ada Lovelace: Hello, everybody.\n[01:01:02] Bo: Hi.\nUnknown: And me.");
  });

  it.each([
    ["Ada: of [Acme]", "Ada of Acme"],
    ["  ", "Unknown"],
    [undefined, "Unknown"],
    ["42", "Unknown"],
    ["- ada", "Ada"],
    ["# heading", "Heading"],
    ["a b c d e f g h", "A b c d e f"],
    ["x".repeat(300), `X${"x".repeat(59)}`],
    ["Zoë\nClient", "Zoë Client"],
    ["李雷", "李雷"],
    ["</retrieved>", "Retrieved"],
  ])("names %j as %j", (raw, name) => {
    expect(speakerName(raw)).toBe(name);
  });

  it("cuts a long turn into lines, each with the time at about which it was said, and loses no word", () => {
    const words = Array.from({ length: 1_000 }, (_, i) => `word${i}`).join(" ");
    const text = transcriptText([{ speaker: "Ada", startMs: 0, endMs: 10 * minute, text: words }]);
    const lines = text.split("\n");
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.map((line) => line.replace(/^\[[\d:]+\] Ada: /, "")).join(" ")).toBe(words);
    const starts = lines.map((line) => timeSpan(line)?.startMs ?? -1);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThan(8 * minute);
  });

  it("is cut by the chunker between turns, so that each chunk begins with its time", () => {
    const turns = Array.from({ length: 120 }, (_, i) => ({
      speaker: i % 2 ? "Ada Lovelace" : "Bo",
      startMs: i * 20_000,
      endMs: i * 20_000 + 19_000,
      text: `Sentence ${i} is here. `.repeat((i % 7) * 12 + 1),
    }));
    const text = cleanText(transcriptText(turns));
    const chunks = chunkText(text);
    expect(chunks.length).toBeGreaterThan(20);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^\[\d\d:\d\d:\d\d\] /);
  });
});

describe("a passage's span", () => {
  it.each([
    ["[00:00:05] A: x\n[00:01:00] B: y", 5_000, 60_000],
    ["Title\n\n[00:00:05] A: x", 5_000, 5_000],
    ["[100:00:00] A: x", 360_000_000, 360_000_000],
    ["[00:02:00] A: x\n[00:01:00] B: y", 120_000, 120_000],
  ])("of %j", (passage, startMs, endMs) => {
    expect(timeSpan(passage)).toEqual({ startMs, endMs });
  });

  it.each(["", "A: x", "said at [00:00:05] A: x", "[0:5] A: x", "[aa:bb:cc] A: x", "[00:00:05]A: x"])(
    "there is none of %j",
    (passage) => {
      expect(timeSpan(passage)).toBeUndefined();
    },
  );

  it.each([
    [0, "00:00:00"],
    [999, "00:00:00"],
    [59_999, "00:00:59"],
    [360_000_000, "100:00:00"],
    [-5, "00:00:00"],
  ])("%i ms is written %s", (ms, text) => {
    expect(timeStamp(ms)).toBe(text);
  });
});
