import { describe, expect, it } from "vitest";
import { mentioned, plainText } from "./plain-text.ts";

const names = {
  person: (id: string) => (id === "U1" ? "Ada" : undefined),
  channel: (id: string) => (id === "C1" ? "support" : undefined),
};

describe("a message as a person reads it", () => {
  it.each([
    ["<@U1> and <@U2|bob> and <@U3>", "@Ada and @bob and @U3"],
    ["<#C1> <#C2|sales> <#C1|> <#C9>", "#support #sales #support #C9"],
    ["<!here> <!channel> <!everyone> <!here|here>", "@here @channel @everyone @here"],
    ["<!subteam^S1|@oncall> <!subteam^S1>", "@oncall @group"],
    ["<!date^1392734382^{date}|Feb 18> <!unknown|shown>", "Feb 18 shown"],
    [
      "<https://example.com|the page> <https://example.com>",
      "the page (https://example.com) https://example.com",
    ],
    ["<mailto:a@b.example|a@b.example> <tel:+1|+1>", "a@b.example +1"],
    ["1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"],
    ["&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"],
    ["a < b <", "a < b <"],
    ["", ""],
  ])("%j is %j", (text, expected) => {
    expect(plainText(text, names)).toBe(expected);
  });

  it("takes time in step with its length", () => {
    const spent = (text: string) => {
      const begun = performance.now();
      plainText(text, names);
      return performance.now() - begun;
    };
    for (const part of ["<", "<@", "<a|", "&lt", "<!date^"])
      expect(spent(part.repeat(100_000))).toBeLessThan(500);
  });

  it("names who is mentioned", () => {
    expect(mentioned("<@U1> <@W2|x> <#C1> <!here>")).toEqual(["U1", "W2"]);
  });
});
