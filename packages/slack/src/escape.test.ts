import { describe, expect, it } from "vitest";
import { escaped, escapedPieces, escapedWithin, link } from "./escape.ts";
import { blocksOf } from "./sink.ts";

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const PARTS = [
  ..."<>&|!@#\\\"'`*_~ \n\r\t\0".split(""),
  "<!channel>",
  "<!here|x>",
  "<@U0123ABCD>",
  "<#C0123ABCD>",
  "<!subteam^S1>",
  "<https://evil.example|",
  "&lt;",
  "&amp;lt;",
  "&#60;",
  "\ud83d",
  "😀",
  "javascript:alert(1)",
  "https://example.com/",
  "a",
  "é",
  "\u202e",
  "word ",
];

/** What may stand there: no angle at all, and an ampersand only as one of the three entities. */
const inert = (text: string) => !/[<>]|&(?!(amp|lt|gt);)/.test(text);
const ADDRESS = /^<https?:\/\/[^<>|\s]+\|[^<>|\s][^<>|]*>$/;

describe("T29 text from outside", () => {
  it("never opens markup, whatever it is made of, in a hundred thousand tries", () => {
    const seed = Date.now() % 1_000_000;
    const random = randomOf(seed);
    const some = (most: number) =>
      Array.from({ length: random(most) }, () => PARTS[random(PARTS.length)]).join("");
    for (let i = 0; i < 100_000; i++) {
      const text = some(14);
      const most = 20 + random(30);
      const within = escapedWithin(text, most);
      const pieces = escapedPieces(text, most, 3);
      const address = link(random(2) ? `https://example.com/${some(6)}` : some(4), some(4));
      const right =
        inert(escaped(text)) &&
        inert(within) &&
        within.length <= most &&
        pieces.length <= 3 &&
        pieces.every((piece) => inert(piece) && piece.length > 0 && piece.length <= most) &&
        (address === undefined ||
          (ADDRESS.test(address) && inert(address.slice(1, -1)) && link(address, "") === undefined));
      if (!right)
        expect.fail(`seed ${seed}, try ${i}: ${JSON.stringify({ text, most, within, pieces, address })}`);
    }
  });

  it.each(["\0", " ", "\0\n", ""])(
    "says what kind it is of where its title is %j, and nothing else is told",
    (title) => {
      const { blocks, text } = blocksOf({ type: "new_ticket", title, body: title, fields: [], links: [] });
      expect(text).toBe("new_ticket");
      expect(blocks).toEqual([
        { type: "header", text: { type: "plain_text", text: "new_ticket", emoji: false } },
      ]);
    },
  );

  it("never makes a message that Slack refuses or that pings, in two thousand tries", () => {
    const seed = Date.now() % 1_000_000;
    const random = randomOf(seed);
    const some = (most: number) =>
      Array.from({ length: random(most) }, () => PARTS[random(PARTS.length)]).join("");
    for (let i = 0; i < 2_000; i++) {
      const message = {
        type: "new_ticket" as const,
        title: some(80),
        body: some(i % 50 === 0 ? 4_000 : 40),
        fields: Array.from({ length: random(45) }, () => ({
          label: some(40),
          value: some(i % 20 === 0 ? 900 : 20),
        })),
        links: Array.from({ length: random(14) }, () => ({
          label: some(10),
          url: `https://example.com/${some(8)}`,
        })),
        footer: some(10),
      };
      const { blocks, text } = blocksOf(message);
      const texts = JSON.stringify(blocks);
      const all = [...texts.matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].map(
        ([, raw]) => JSON.parse(`"${raw}"`) as string,
      );
      const wrong = all.filter((one) => !inert(one) && !ADDRESS.test(one));
      const [header] = blocks as { text: { text: string } }[];
      const fits =
        wrong.length === 0 &&
        inert(text) &&
        text.length > 0 &&
        text.length <= 4_000 &&
        blocks.length <= 50 &&
        all.every((one) => one.length > 0 && one.length <= 3_000) &&
        (header?.text.text.length ?? 0) <= 150;
      if (!fits) expect.fail(`seed ${seed}, try ${i}: ${JSON.stringify({ wrong, message }).slice(0, 2_000)}`);
    }
  });

  it.each([
    ["a script", "javascript:alert(1)"],
    ["a file", "file:///etc/passwd"],
    ["a name and a password", "https://user:pass@example.com/"],
    ["no address", "example.com"],
    ["a mail address", "mailto:ada@example.com"],
    ["too long an address", `https://example.com/${"x".repeat(2_500)}`],
  ])("has no link to %s", (_, url) => {
    expect(link(url, "Open")).toBeUndefined();
  });

  it.each([
    ["https://example.com/a?b=1&c=2", "Open", "<https://example.com/a?b=1&amp;c=2|Open>"],
    ["https://example.com/a|b>c<d", "x|y>z", "<https://example.com/a%7Cb%3Ec%3Cd|x y&gt;z>"],
    ["http://example.com", "", "<http://example.com/|example.com>"],
  ])("a link to %s stays one", (url, label, expected) => {
    expect(link(url, label)).toBe(expected);
  });

  it("is cut between characters and never within an entity", () => {
    expect(escapedWithin("a<b", 5)).toBe("a…");
    expect(escapedWithin("😀😀😀", 4)).toBe("😀…");
    expect(escapedWithin("a<b", 6)).toBe("a&lt;b");
    expect(escapedPieces("one two three", 8, 9)).toEqual(["one two", "three"]);
    expect(escapedPieces("one two three", 8, 1)).toEqual(["one two…"]);
    expect(escapedPieces("  ", 8, 1)).toEqual([]);
  });
});
