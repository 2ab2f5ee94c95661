import { describe, expect, it } from "vitest";
import type { Cue } from "./parse-vtt.ts";
import { speakerTurns } from "./speaker-turns.ts";

const cues = (...texts: string[]): Cue[] =>
  texts.map((text, at) => ({ startMs: at * 1_000, endMs: at * 1_000 + 900, text }));
const said = (people: Parameters<typeof speakerTurns>[1], ...texts: string[]) =>
  speakerTurns(cues(...texts), people).map(({ speaker, text }) => [speaker, text]);

describe("turns of speakers", () => {
  it("are what one speaker said in a row, from the first cue's begin to the last one's end", () => {
    const turns = speakerTurns(cues("Ada: one", "Ada: two", "three", "Bo: four", "Ada: five"));
    expect(turns).toEqual([
      { speaker: "Ada", startMs: 0, endMs: 2_900, text: "one two three" },
      { speaker: "Bo", startMs: 3_000, endMs: 3_900, text: "four" },
      { speaker: "Ada", startMs: 4_000, endMs: 4_900, text: "five" },
    ]);
  });

  it("bear the address of the participant of that name", () => {
    const people = [{ name: "Ada Lovelace", email: "ada@client.test" }];
    expect(speakerTurns(cues("ADA LOVELACE: hi"), people)).toEqual([
      { speaker: "ADA LOVELACE", email: "ada@client.test", startMs: 0, endMs: 900, text: "hi" },
    ]);
  });

  it.each([
    ["Dr. Kim: Research (Basel)", "Dr. Kim: Research (Basel): I agree: yes", "I agree: yes"],
    ["A", "A: 10:30 works", "10:30 works"],
    ["iPhone von Jürgen", "iPhone von Jürgen: hallo", "hallo"],
    ["lower case", "lower case: hi", "hi"],
    ["Meeting Room: 4th floor", "Meeting Room: 4th floor: hi", "hi"],
  ])("a participant's name %j is one whatever it holds", (name, text, words) => {
    expect(said([{ name }], text)).toEqual([[name, words]]);
  });

  it.each([
    "Ada",
    "Ada Lovelace",
    "Ada Lovelace (Acme)",
    "Zoë",
    "李雷",
    "Ada L.",
    "Dr. Ada Lovelace",
    "+49 170 1234567",
  ])("a name that nobody told of is taken for one when it reads as one: %s", (name) => {
    expect(said([], `${name}: hello`)).toEqual([[name, "hello"]]);
  });

  it.each([
    "what I mean is: no",
    "So here is the thing that I have been meaning to tell you: no",
    "That is all. And now: no",
    "Is it? I wonder: no",
    "https://example.com/a",
    "It is 10:30",
    "no colon at all",
    ": nothing before",
  ])("no name is found in %j", (text) => {
    expect(said([], text)).toEqual([[undefined, text]]);
  });

  it("voice tags name speakers, other tags and escapes are undone", () => {
    expect(
      said([], "<v Ada Lovelace>I said <b>no</b> &amp; <i.loud>never</i> &lt;3", "<v.loud Bo>yes</v>"),
    ).toEqual([
      ["Ada Lovelace", "I said no & never <3"],
      ["Bo", "yes"],
    ]);
  });

  it("text that is no tag stays", () => {
    expect(said([], "Ada: a < b and c > d, <script>x</script>")).toEqual([
      ["Ada", "a < b and c > d, <script>x</script>"],
    ]);
  });

  it("cues without a word bring no turn", () => {
    expect(speakerTurns(cues("", "  ", "Ada:", "Ada: "))).toEqual([]);
  });

  it("a speaker who never stops is cut into several turns", () => {
    const turns = speakerTurns(cues(...Array<string>(500).fill(`Ada: ${"word ".repeat(20)}`)));
    expect(turns.length).toBeGreaterThan(1);
    expect(turns.every(({ speaker, text }) => speaker === "Ada" && text.length < 21_000)).toBe(true);
  });
});
