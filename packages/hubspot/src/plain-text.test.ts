import { describe, expect, it } from "vitest";
import { snippetOfHtml, snippetOfText } from "./plain-text.ts";

describe("a snippet of HTML", () => {
  it.each([
    ["<p>Hello <b>you</b></p><p>there</p>", "Hello you there"],
    ["a<br>b", "a b"],
    ["1 &lt; 2 &amp;&nbsp;3 &#233; &#x1F600; &quot;x&quot;", '1 < 2 & 3 é 😀 "x"'],
    ["&amp;lt;b&amp;gt;", "&lt;b&gt;"],
    ["&unknown; &#0; &#x110000;", "&unknown; &#0; &#x110000;"],
    ["<style>p { color: red }</style>Hi<script>alert(1)</script>!", "Hi !"],
    ["<!-- secret <b> -->Hi", "Hi"],
    ["<STYLE>x</STYLE>Hi", "Hi"],
    ["Hi <b", "Hi"],
    ["<style>never closed", ""],
    ["", ""],
  ])("of %j is %j", (html, text) => {
    expect(snippetOfHtml(html, 300)).toBe(text);
  });

  it("is cut to its length, and takes a moment whatever comes", () => {
    for (const hostile of [
      "<".repeat(1_000_000),
      "<p>".repeat(300_000),
      "&".repeat(1_000_000),
      "<!--".repeat(250_000),
      "x".repeat(1_000_000),
      " ".repeat(1_000_000),
    ]) {
      const began = performance.now();
      expect(snippetOfHtml(hostile, 300).length).toBeLessThanOrEqual(300);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });
});

describe("a snippet of text", () => {
  it("is one line, cut between characters, and shown as cut", () => {
    expect(snippetOfText(" a\n\tb  c ", 10)).toBe("a b c");
    expect(snippetOfText("abcdef", 6)).toBe("abcdef");
    expect(snippetOfText("abcdefg", 6)).toBe("abcde…");
    expect(snippetOfText("abcd😀fg", 6)).toBe("abcd…");
  });
});
