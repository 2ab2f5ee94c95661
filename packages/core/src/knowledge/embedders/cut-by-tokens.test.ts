import { describe, expect, it } from "vitest";
import { seededRandom } from "../../testing/ids.ts";
import { cutByTokens } from "./cut-by-tokens.ts";
import { piecesFor } from "./embed-in-pieces.ts";

/** A word with the blank before it is a token for each four of its characters, as tokenizers count that split at blanks. */
function countTokens(text: string): number {
  let tokens = 0;
  for (const [word] of text.matchAll(/\s?\S+|\s+/gu)) tokens += Math.ceil(word.length / 5);
  return tokens;
}
const words = (count: number, random = seededRandom(7)) =>
  Array.from({ length: count }, () => "abcdefghij".slice(0, 1 + Math.floor(random() * 10))).join(" ");

describe("cutByTokens", () => {
  it.each([8, 32, 256, 2_000])(
    "gives pieces that hold at most %i tokens, and leaves nothing out",
    (maxTokens) => {
      const text = words(3_000);
      const pieces = cutByTokens(text, { maxTokens, countTokens });
      expect(pieces.map(({ end, start }) => text.slice(start, end)).join("")).toBe(text);
      for (const { end, start, tokens } of pieces) {
        expect(tokens).toBeLessThanOrEqual(maxTokens);
        expect(countTokens(text.slice(start, end))).toBeLessThanOrEqual(tokens);
      }
    },
  );

  it("fills pieces to four fifths and more", () => {
    const pieces = cutByTokens(words(20_000), { maxTokens: 256, countTokens });
    const filled = pieces.slice(0, -1).reduce((sum, { tokens }) => sum + tokens, 0) / (pieces.length - 1);
    expect(filled).toBeGreaterThan(256 * 0.8);
  });

  it("counts every character once, overlap or not", () => {
    const text = words(5_000);
    for (const overlap of [0, 32]) {
      let counted = 0;
      const counting = (part: string) => {
        counted += part.length;
        return countTokens(part);
      };
      cutByTokens(text, { maxTokens: 256, countTokens: counting }, { overlap });
      expect(counted).toBe(text.length);
    }
  });

  it("lets each piece begin within the end of the one before, by no more than the overlap", () => {
    const text = words(4_000);
    const pieces = cutByTokens(text, { maxTokens: 128, countTokens }, { overlap: 30 });
    let again = 0;
    for (const [at, { start }] of pieces.entries()) {
      const before = pieces[at - 1];
      if (!before) continue;
      expect(start).toBeLessThanOrEqual(before.end);
      expect(start).toBeGreaterThan(before.start);
      expect(countTokens(text.slice(start, before.end))).toBeLessThanOrEqual(30);
      if (start < before.end) again++;
    }
    expect(again).toBeGreaterThan(pieces.length / 2);
  });

  it("cuts before blanks, and what has none between whole characters", () => {
    const spoken = words(2_000);
    for (const { start } of cutByTokens(spoken, { maxTokens: 64, countTokens }).slice(1))
      expect(spoken[start]).toBe(" ");
    const wall = "\u{1f600}".repeat(4_000);
    for (const { end, start } of cutByTokens(wall, { maxTokens: 16, countTokens }))
      expect(wall.slice(start, end).isWellFormed()).toBe(true);
  });

  it("cuts text of more tokens than usual smaller", () => {
    const dense = (text: string) => text.length * 3;
    const pieces = cutByTokens("x".repeat(1_000), { maxTokens: 60, countTokens: dense });
    expect(Math.max(...pieces.map(({ tokens }) => tokens))).toBeLessThanOrEqual(60);
    expect(pieces.at(-1)?.end).toBe(1_000);
  });

  it("gives a character that is more than a piece a piece of its own", () => {
    const pieces = cutByTokens("ab", { maxTokens: 8, countTokens: (text) => text.length * 100 });
    expect(pieces.map(({ end, start }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("gives nothing for nothing", () => {
    expect(cutByTokens("", { maxTokens: 8, countTokens })).toEqual([]);
  });

  it("T25 takes time in proportion to a text without a blank", () => {
    let calls = 0;
    cutByTokens("x".repeat(200_000), {
      maxTokens: 100,
      countTokens: (text) => {
        calls += text.length;
        return text.length / 4;
      },
    });
    expect(calls).toBeLessThanOrEqual(2.6 * 200_000);
  });
});

describe("an embedder that counts tokens", () => {
  const embedder = {
    space: "s",
    dimensions: 3,
    quality: "semantic",
    embed: async () => [],
  } as const;

  it("has its texts cut by them, and never longer than the characters it reads", () => {
    const text = words(1_000);
    const pieces = piecesFor(
      { ...embedder, maxInputCharacters: 100_000, tokens: { maxTokens: 64, countTokens } },
      text,
    );
    expect(pieces.length).toBeGreaterThan(10);
    for (const piece of pieces) expect(countTokens(piece)).toBeLessThanOrEqual(64);
    const short = piecesFor(
      { ...embedder, maxInputCharacters: 80, tokens: { maxTokens: 64, countTokens } },
      text,
    );
    for (const piece of short) expect(piece.length).toBeLessThanOrEqual(80);
  });

  it("gets an empty text as it is", () => {
    expect(
      piecesFor({ ...embedder, maxInputCharacters: 80, tokens: { maxTokens: 64, countTokens } }, ""),
    ).toEqual([""]);
  });
});
