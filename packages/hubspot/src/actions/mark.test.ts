import { describe, expect, it } from "vitest";
import { hasMark, markedHtml, markedText, withoutMark } from "./mark.ts";

const key = "0199a7c4-9d50-7a31-8c1e-5f5f6c2a9b10";

describe("a mark", () => {
  it.each([
    [markedText("Wants SSO.", key)],
    [markedText(undefined, key)],
    [markedHtml("Wants SSO.", key)],
    [`<div>${markedHtml("x", key)}</div>`],
    [`${markedText("x", key)}\n`],
    [`${markedText("x", key)}. Added by Jo: see Ref. 17`],
  ])("is found in %j", (text) => {
    expect(hasMark(text, key)).toBe(true);
  });

  it.each([
    [null],
    [undefined],
    [""],
    [markedText("x", `${key}-2`)],
    [markedText("x", `${key}a`)],
    [markedText("x", key.slice(0, -1))],
    [key],
    [markedText("x", key.toUpperCase())],
  ])("is not found in %j", (text) => {
    expect(hasMark(text, key)).toBe(false);
  });

  it("is taken off for people, and nothing else is", () => {
    expect(withoutMark(markedText("Wants SSO.", key))).toBe("Wants SSO.");
    expect(withoutMark(`Wants SSO. Ref. halo-${"a".repeat(40)}`)).toBe("Wants SSO.");
    expect(withoutMark("Your letter, Ref. 2026-17")).toBe("Your letter, Ref. 2026-17");
    expect(withoutMark(`Ref. ${key} is what I see`)).toBe(`Ref. ${key} is what I see`);
  });
});

describe("markedHtml", () => {
  it("T29 shows markup as the characters that were written", () => {
    expect(markedHtml(`<img src=x onerror="alert('1')"> & co`, "k")).toBe(
      "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co<br><br>Ref. k",
    );
  });

  it.each(["a\nb", "a\r\nb", "a\rb"])("keeps the line break of %j", (text) => {
    expect(markedHtml(text, "k")).toBe("a<br>b<br><br>Ref. k");
  });
});
