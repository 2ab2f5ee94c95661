import { beforeAll, describe, expect, it } from "vitest";
import { type Domains, loadDomains } from "../customers/domain.ts";
import { linkPolicy } from "./link-policy.ts";

let domains: Domains;
beforeAll(async () => {
  domains = await loadDomains();
});
const refused = (value: unknown, ...hosts: string[]) => linkPolicy(hosts, domains).refused(value);

describe("T44 a link policy", () => {
  it.each([
    "See https://example.com/help?x=1#y.",
    "https://docs.example.com",
    "(See https://example.com, https://docs.example.com; and http://example.com!) Or https://example.com…",
    "http://EXAMPLE.com:8080/a",
    "www.example.com, or example.com/a",
    "Write to ada@example.net or ada.lovelace@mail.example.net.",
    "Version 2.10.3 of report.pdf, e.g. the U.S. one; 1.5 kg...",
    "It ended.Then it began",
    "",
  ])("lets %j pass where example.com is allowed", (text) => {
    expect(refused(text, "example.com")).toBeUndefined();
  });

  it.each([
    ["https://evil.test/collect?d=secret", "evil.test"],
    ["HTTPS://EVIL.TEST", "evil.test"],
    ["https://example.com.evil.test/", "example.com.evil.test"],
    ["https://notexample.com/", "notexample.com"],
    ["https://example.com@evil.test/", "evil.test"],
    ["see evil.com/x now", "evil.com"],
    ["see www.evil.com", "www.evil.com"],
    ["(evil.co.uk)", "evil.co.uk"],
    ["ftp://evil.test/", "evil.test"],
    ["https://xn--evl-8ma.com", "xn--evl-8ma.com"],
    ["https://evíl.com", "xn--evl-sma.com"],
    ["https://evil。com/", "evil.com"],
    ["https://0x7f.1/", "127.0.0.1"],
    ["[hi](https://evil.test)", "evil.test"],
    ["<https://evil.test|the quote>", "evil.test"],
    ["https://evil.test./", "evil.test"],
    ["https://evil.test, again", "evil.test"],
    ["https://example.com,evil.test/", "example.com,evil.test"],
    ["https://example.com!.evil.test", "example.com!.evil.test"],
  ])("refuses %j: it leads to %s", (text, host) => {
    expect(refused(text, "example.com")).toBe(host);
  });

  it("refuses what is no address that a browser would read, but looks like one", () => {
    expect(refused("javascript://%0aalert(1)", "example.com")).toBeDefined();
    expect(refused("https://[::1", "example.com")).toBeDefined();
  });

  it("names of what has no host no more than can be shown", () => {
    expect(refused(`https://[${"1".repeat(200)}`, "example.com")).toBe(`https://[${"1".repeat(71)}`);
  });

  it("lets nothing above an allowed host pass, nor beside it", () => {
    const host = "docs.example.com";
    expect(refused("https://docs.example.com, https://a.docs.example.com", host)).toBeUndefined();
    expect(refused("https://example.com", host)).toBe("example.com");
    expect(refused("https://api.example.com", host)).toBe("api.example.com");
    expect(refused("https://x.com", "x.com")).toBeUndefined();
  });

  it("finds nothing in what is no text", () => {
    for (const value of [null, 5, true, {}, [null, { a: null }]]) expect(refused(value)).toBeUndefined();
    expect(refused({ a: null, b: "https://evil.test" })).toBe("evil.test");
  });

  it("looks into every text of an input, wherever it stands", () => {
    expect(refused({ a: 1, b: [{ c: "https://evil.test" }], d: null }, "example.com")).toBe("evil.test");
    expect(refused({ a: 1, b: [{ c: "https://example.com" }] }, "example.com")).toBeUndefined();
  });

  it("lets text lead nowhere where no host is named", () => {
    expect(refused("https://example.com")).toBe("example.com");
  });

  it("T25 takes time in proportion to a text, and refuses one that nobody could look through", () => {
    for (const piece of [",", "!,", "a.", "https://", "www.", "a-", "a@", "。", "-."]) {
      const time = (length: number) => {
        const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
        let best = Number.POSITIVE_INFINITY;
        for (let round = 0; round < 5; round++) {
          const began = performance.now();
          refused(text, "example.com");
          best = Math.min(best, performance.now() - began);
        }
        return best;
      };
      time(4_000);
      expect(time(40_000)).toBeLessThan(Math.max(5, time(20_000)) * 4);
    }
    expect(refused("x".repeat(100_000), "example.com")).toBeUndefined();
    expect(refused("x".repeat(100_001), "example.com")).toBeDefined();
  });

  it.each(["https://example.com", "*.example.com", "example.com/a", "example.com:443", "localhost", ""])(
    "refuses %j as a host",
    (host) => {
      expect(() => linkPolicy([host], domains)).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "allowedLinkHosts" }),
      );
    },
  );
});
