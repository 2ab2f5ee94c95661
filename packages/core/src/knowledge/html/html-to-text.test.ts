import { expect, it } from "vitest";
import { htmlToText, splitQuotedHtml } from "./index.ts";
import { tameHtml } from "./tame-html.ts";

it.each([
  ["sets paragraphs apart", "<p>One &amp; two</p><p>three</p>", "One & two\n\nthree"],
  ["breaks lines at br and div", "<div>a<br>b</div><div>c</div>", "a\nb\nc"],
  ["marks headings and list items", "<h2>Plan</h2><ul><li>one<li>two</ul>", "## Plan\n\n* one\n* two"],
  [
    "keeps links as text",
    '<a href="https://x.test/a?b=1&amp;c=2">page</a>',
    "page [https://x.test/a?b=1&c=2]",
  ],
  ["drops addresses that are no web or mail address", '<a href="javascript:alert(1)">page</a>', "page"],
  [
    "drops scripts, styles, comments and the head",
    "<head><title>t</title></head>a<script>b('</p>')</script><style>c</style><!-- d -->e",
    "ae",
  ],
  [
    "sets cells apart by blanks and rows by lines",
    "<table><tr><td>a<td>b</tr><tr><td>c<td>d</table>",
    "a b\nc d",
  ],
  ["keeps text of unknown elements", "<o:p>a</o:p><x-y>b</x-y>", "ab"],
  ["reads what is not closed", "<p>a<p>b<b>c", "a\n\nbc"],
  ["reads an angle bracket that begins no tag", "1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
  ["takes an attribute's > for no end", '<p title="a > b">c</p>', "c"],
])("%s", async (_, html, text) => {
  expect(await htmlToText(html)).toBe(text);
});

it("reads no more than it is told to", async () => {
  expect(await htmlToText(`${"a".repeat(100)}<p>b`, { maxCharacters: 100 })).toBe("a".repeat(100));
});

it("T23 keeps the text of 20,000 nested elements and hands on no deeper tree than asked", async () => {
  const html = `${"<div>".repeat(20_000)}deep${"</div>".repeat(20_000)}<p>after</p>`;
  expect((tameHtml(html, 50).match(/<div>/g) ?? []).length).toBeLessThanOrEqual(50);
  expect(await htmlToText(html)).toBe("deep\n\nafter");
});

it("T25 hands on no more than 3,000 elements, and keeps the text and the lines of those beyond", async () => {
  for (const html of ["<p>a".repeat(20_000), "<ul><li>a".repeat(20_000), "<div>a<br></div>".repeat(20_000)]) {
    const tamed = tameHtml(html, 100);
    expect((tamed.match(/<[a-z]/g) ?? []).length).toBeLessThanOrEqual(3_001);
    const lines = (await htmlToText(html)).split("\n").filter((line) => line !== "");
    expect(lines).toHaveLength(20_000);
    expect(new Set(lines.map((line) => line.replace(/^[ *]*/, "")))).toEqual(new Set(["a"]));
  }
});

it("gives nothing of what stands in an element that is never closed and never shown", async () => {
  expect(await htmlToText("a<script>b<p>c")).toBe("a");
});

it.each([
  ["Gmail", '<div>own</div><div class="gmail_quote gmail_quote_container">old</div>'],
  ["Outlook", '<div>own</div><div id="divRplyFwdMsg" dir="ltr">old</div>'],
  ["Apple Mail", '<div>own</div><blockquote type="cite">old</blockquote>'],
  ["Yahoo", "<div>own</div><div id='x' class='yahoo_quoted'>old</div>"],
])("finds where %s quotes", async (_, html) => {
  const { body, quoted } = splitQuotedHtml(html);
  expect(await htmlToText(body)).toBe("own");
  expect(await htmlToText(quoted)).toMatch(/^(?:> )?old$/);
});

it("takes quotes in comments, scripts and other elements' attributes for none", () => {
  const html =
    '<!-- <div class="gmail_quote"> --><script>"<div class=gmail_quote>"</script><p title="<div class=gmail_quote>">a</p><div class="my_gmail_quote_not">b</div>';
  expect(splitQuotedHtml(html)).toEqual({ body: html, quoted: "" });
});
