import { describe, expect, it } from "vitest";
import { chunkText } from "./chunk/chunk-text.ts";
import { cleanText } from "./clean/clean-text.ts";
import { splitQuotedReply } from "./clean/split-quoted-reply.ts";
import { splitQuotedHtml } from "./html/index.ts";
import { tameHtml } from "./html/tame-html.ts";
import { analyze } from "./lexical/analyze.ts";

const hostileTexts = [
  " ",
  "\n",
  "a",
  "A: ",
  "A: \n",
  "> \n",
  "On 1\n",
  "On 1 wrote: ",
  "From: a\n",
  "-----",
  "# \n",
  "1:1",
  "\u200d",
  "a\u200d",
  "\u0301\u0316",
  "\ufdfa",
  "漢",
  "\ud800",
  "this email ",
  "__",
  "\u00a0\n",
  ". ",
  "ing ",
  "\u{e0041}",
];
const hostileHtml = [
  "<div>",
  "<b>",
  "<p>",
  "<p>a",
  "<",
  "<a",
  '<a href="',
  "<!--",
  "<!--x-->",
  "<script>",
  "</p>",
  "<table><tr><td>",
  "<ul><li>",
  "<br>",
  "<a x ",
  "&amp;",
  "<div class=gmail ",
  '<div class="',
  "<blockquote type=",
  "</",
  "<a href='http://x.test/'>x</a>",
  "<?",
];
const size = 256_000;

/** The best of five, since a busy machine only ever adds. */
function milliseconds(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    run();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/**
 * Twice the text takes at most 2.6 times as long, in the calmest of five tries. Under 10 ms the clock, not the text,
 * decides the ratio; a quadratic scanner needs seconds for 256,000 characters.
 */
function expectLinear(run: (text: string) => unknown, unit: string): void {
  const text = unit.repeat(Math.ceil(size / unit.length));
  let calmest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && calmest > 2.6; attempt++) {
    const whole = milliseconds(() => run(text));
    if (whole < 10) return;
    calmest = Math.min(calmest, whole / milliseconds(() => run(text.slice(0, text.length / 2))));
  }
  expect(calmest).toBeLessThanOrEqual(2.6);
}

describe.each([
  ["cleanText", cleanText, hostileTexts],
  ["splitQuotedReply", splitQuotedReply, hostileTexts],
  ["chunkText", (text: string) => chunkText(text, { size: 1_000, overlap: 200 }), hostileTexts],
  ["analyze", analyze, hostileTexts],
  ["tameHtml", (html: string) => tameHtml(html, 100), hostileHtml],
  ["splitQuotedHtml", splitQuotedHtml, hostileHtml],
] as const)("%s", (_, run, units) => {
  it.each(units)("T25 takes time in proportion to a text of %j", (unit) => {
    expectLinear(run, unit);
  });
});
