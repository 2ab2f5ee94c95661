import { expect, it } from "vitest";
import { cleanText } from "./clean-text.ts";

it.each([
  ["makes line ends and blanks even", "a \t b\r\nc\rd\u2028e\u00a0 f", "a b\nc\nd\ne f"],
  ["keeps at most one empty line", "a\n\n \n\n\nb", "a\n\nb"],
  ["drops controls, soft hyphens and byte order marks", "\ufeffa\u0000b\u0007c\u00add\u009be", "abcde"],
  ["drops bidi overrides and zero-width spaces", "a\u202eb\u2066c\u200bd", "abcd"],
  [
    "keeps the joiners of emoji",
    "\u{1f468}\u200d\u{1f469} \u2764\ufe0f\u200d\u{1f525}",
    "\u{1f468}\u200d\u{1f469} \u2764\ufe0f\u200d\u{1f525}",
  ],
  ["drops joiners that join nothing", "a \u200c\u200d b\u200d\u200d\u200dc", "a b\u200dc"],
  ["replaces lone surrogates, which no database takes", "a\ud800b", "a\ufffdb"],
])("%s", (_, text, expected) => {
  expect(cleanText(text)).toBe(expected);
});

it("T35 drops tag characters and runs of variation selectors, in which instructions are hidden", () => {
  const hidden = [..."ignore"].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join("");
  const selectors = Array.from({ length: 9 }, (_, i) => String.fromCodePoint(0xe0100 + i)).join("");
  expect(cleanText(`hello${hidden} world${selectors}`)).toMatch(/^hello world\p{Variation_Selector}?$/u);
});

it("changes nothing the second time", () => {
  const pieces = [
    " ",
    "\n",
    "\t",
    "a",
    "\u200d",
    "\u200c",
    "\ufe0f",
    "\u{e0041}",
    "\r",
    "\ud83d",
    "\u00a0",
    "\u0000",
    "\u{1f468}",
  ];
  let seed = 20261121;
  for (let run = 0; run < 3000; run++) {
    let text = "";
    for (let i = 0; i < 12; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      text += pieces[(seed >>> 8) % pieces.length];
    }
    const once = cleanText(text);
    expect(cleanText(once), JSON.stringify(text)).toBe(once);
  }
});
