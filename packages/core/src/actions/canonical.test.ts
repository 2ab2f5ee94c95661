import { describe, expect, it } from "vitest";
import { argumentsHash, type CallPlace, canonicalArguments } from "./canonical.ts";

const place: CallPlace = {
  orgId: "o",
  connectionId: "c",
  account: "a",
  integration: "i",
  action: "x",
  version: 1,
  subject: { email: "ada@example.com" },
};

describe("canonical arguments", () => {
  it.each([
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: { d: 1, c: -0 } }, '{"b":{"c":0,"d":1}}'],
    [{ é: 1, e: 2, 10: 3, 9: 4 }, '{"10":3,"9":4,"e":2,"é":1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['\u2028"', '"\u2028\\""'],
  ])("of %j are %s", (input, text) => {
    expect(canonicalArguments(input).text).toBe(text);
  });

  it("are a copy of their own", () => {
    const input = { list: [1] };
    const { json } = canonicalArguments(input);
    input.list.push(2);
    expect(json).toEqual({ list: [1] });
  });

  it("T26 keep a key that would reach a prototype as a key", () => {
    const { json } = canonicalArguments(JSON.parse('{"__proto__":{"polluted":1}}'));
    expect(Object.keys(json as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  const deep = JSON.parse(`${"[".repeat(34)}${"]".repeat(34)}`) as unknown;
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  it.each([
    ["undefined", undefined, ""],
    ["undefined in a list", { a: [undefined] }, "a[0]"],
    ["a function", { a: () => {} }, "a"],
    ["a bigint", { a: 1n }, "a"],
    ["NaN", { a: Number.NaN }, "a"],
    ["infinity", { a: Number.POSITIVE_INFINITY }, "a"],
    ["a date", { a: new Date(0) }, "a"],
    ["a map", { a: new Map() }, "a"],
    ["half a surrogate pair", { a: "\ud800" }, "a"],
    ["half a surrogate pair in a key", { "\ud800": 1 }, "…"],
    ["NUL", { a: { b: "\0" } }, "a.b"],
    ["a key that may say anything", { "drop all": Number.NaN }, "…"],
    ["a key that ends in what may say anything", { a: { "b!": Number.NaN } }, "a.…"],
    ["a key that begins with it", { a: { "!b": Number.NaN } }, "a.…"],
    ["a key too long to be shown", { ["a".repeat(41)]: Number.NaN }, "…"],
    ["34 levels", deep, expect.any(String)],
    ["a cycle", cycle, expect.any(String)],
    ["more than 64 KiB", { a: "x".repeat(65_536) }, ""],
  ])("are not made of %s", (_, input, path) => {
    expect(() => canonicalArguments(input)).toThrow(expect.objectContaining({ code: "input_invalid", path }));
  });
});

describe("the limits of arguments", () => {
  const nested = (levels: number) => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };
  const refused = expect.objectContaining({ code: "input_invalid" });

  it("are 32 levels", () => {
    expect(canonicalArguments(nested(32)).json).toEqual(nested(32));
    expect(() => canonicalArguments(nested(33))).toThrow(refused);
  });

  it("are 65,536 characters, quotes and all", () => {
    expect(canonicalArguments("x".repeat(65_534)).text).toHaveLength(65_536);
    expect(() => canonicalArguments("x".repeat(65_535))).toThrow(refused);
  });
});

describe("the hash of a call", () => {
  const input = canonicalArguments({ a: 1 });
  const of = (change: Partial<CallPlace>, given = input) => argumentsHash({ ...place, ...change }, given);

  it("is the same for the same call", () => {
    expect(of({}, canonicalArguments({ a: 1, b: undefined }))).toBe(of({}));
    expect(of({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it("A2 is another one for any other org, connection, account, action, version, subject or argument", () => {
    const others: readonly Partial<CallPlace>[] = [
      { orgId: "p" },
      { connectionId: "d" },
      { account: "b" },
      { integration: "j" },
      { action: "y" },
      { version: 2 },
      { subject: undefined },
      { subject: { email: "eve@example.com" } },
      { subject: { endUserId: "ada@example.com" } },
      // No choice of names makes two places meet.
      { orgId: 'o","c', connectionId: "" },
    ];
    const hashes = [of({}), of({}, canonicalArguments({ a: 2 })), ...others.map((one) => of(one))];
    expect(new Set(hashes).size).toBe(others.length + 2);
  });

  it("tells letters apart that only look alike", () => {
    expect(of({}, canonicalArguments({ a: "é" }))).not.toBe(of({}, canonicalArguments({ a: "e\u0301" })));
  });
});
