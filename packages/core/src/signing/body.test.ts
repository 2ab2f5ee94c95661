import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isPlainText, parseJsonBody } from "./body.ts";

const refused = (reason: string) => expect.objectContaining({ code: "input_invalid", path: "body", reason });

describe("a verified body", () => {
  it("is parsed, from bytes or from a string", () => {
    const value = { name: "Zoë — 東京 😀", deep: [[{ n: 1 }]], none: null };
    expect(parseJsonBody(Buffer.from(JSON.stringify(value)))).toEqual(value);
    expect(parseJsonBody(JSON.stringify(value))).toEqual(value);
    expect(parseJsonBody(new TextEncoder().encode("[]"))).toEqual([]);
  });

  it("F60 keeps the last of two equal keys: one parser reads it, so no two can disagree", () => {
    expect(parseJsonBody('{"portalId":1,"portalId":2}')).toEqual({ portalId: 2 });
  });

  it("T26 keeps a key named __proto__ as a key", () => {
    const value = parseJsonBody('{"__proto__":{"polluted":true}}') as object;
    expect("polluted" in {}).toBe(false);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    ["compressed", gzipSync("[]"), "not plain UTF-8"],
    ["empty", Buffer.alloc(0), "not JSON"],
    ["an empty string", "", "not JSON"],
    ["marked by a byte order mark", Buffer.from("\ufeff[]"), "not plain UTF-8"],
    ["a string marked by a byte order mark", "\ufeff[]", "not plain UTF-8"],
    ["bad UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), "not plain UTF-8"],
    ["UTF-16", Buffer.from("[]", "utf16le"), "not JSON"],
    ["a string with half a character", '["\ud83d"]', "not plain UTF-8"],
    ["cut short", '[{"a":1}', "not JSON"],
    ["followed by more", "[] []", "not JSON"],
    ["larger than 10 MB", " ".repeat(10_000_001), "larger than the limit"],
  ])("F60 is refused when it is %s", (_, body, reason) => {
    expect(() => parseJsonBody(body)).toThrow(refused(reason));
  });

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"],
  ])("T23 F60 is refused when it nests 100,000 %s", (_, open, close) => {
    const body = Buffer.from(`${open.repeat(100_000)}0${close.repeat(100_000)}`);
    expect(() => parseJsonBody(body)).toThrow(refused("nested too deep"));
  });

  it("T23 may be 10 MB large", () => {
    expect(parseJsonBody(`${" ".repeat(9_999_998)}[]`)).toEqual([]);
  });

  it("T23 may nest 64 levels and no more", () => {
    const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(() => parseJsonBody(nested(64))).not.toThrow();
    expect(() => parseJsonBody(nested(65))).toThrow(refused("nested too deep"));
  });

  it.each([
    ["first", (deep: string) => `{"deep":${deep},"flat":{},"n":null}`],
    ["last", (deep: string) => `{"flat":{"a":[]},"n":1,"deep":${deep}}`],
    ["between", (deep: string) => `{"a":{},"deep":${deep},"z":[{}]}`],
    ["alone", (deep: string) => `{"deep":${deep}}`],
    ["first of a list", (deep: string) => `[${deep},[],{}]`],
    ["last of a list", (deep: string) => `[null,1,{},${deep}]`],
  ])("T23 is refused wherever it nests too deep: %s", (_, around) => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}[]${"}".repeat(levels)}`;
    expect(() => parseJsonBody(around(nested(62)))).not.toThrow();
    expect(() => parseJsonBody(around(nested(63)))).toThrow(refused("nested too deep"));
  });

  it("does not stand in the error that refuses it", () => {
    try {
      parseJsonBody('{"token":"s3cret');
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("s3cret");
      expect(error).not.toHaveProperty("cause");
    }
  });

  it("T06 is plain text unless SHA-256's padding runs through it", () => {
    expect(isPlainText("[]")).toBe(true);
    expect(isPlainText(Buffer.from("[]"))).toBe(true);
    expect(isPlainText(Buffer.from([0x5b, 0x5d, 0x80, 0, 0]))).toBe(false);
  });
});
