import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalJson, contentHash } from "./storable-json.ts";

describe("a record's content", () => {
  it("is compared without regard to the order of its keys, at every depth", () => {
    const one = { id: 1, owner: { name: "Ann", tags: [{ b: 2, a: 1 }] }, at: null };
    const other = { at: null, owner: { tags: [{ a: 1, b: 2 }], name: "Ann" }, id: 1 };
    expect(canonicalJson(one)).toBe('{"at":null,"id":1,"owner":{"name":"Ann","tags":[{"a":1,"b":2}]}}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
    expect(contentHash(other)).toBe(hash("sha256", canonicalJson(one), "hex"));
  });

  it("of other keys is other content, also where as many keys came just before", () => {
    const texts = [
      { b: 1, a: 2 },
      { c: 1, a: 2 },
      { a: 2, b: 1 },
      { b: 1, c: 2 },
    ].map(canonicalJson);
    expect(texts).toEqual(['{"a":2,"b":1}', '{"a":2,"c":1}', '{"a":2,"b":1}', '{"b":1,"c":2}']);
  });

  it("leaves out what is undefined, keeps lists' places, and writes times as JSON does", () => {
    const value = { z: undefined, list: [undefined, 1], at: new Date(0), nothing: {}, 'quo"te': "\u2028" };
    expect(canonicalJson(value)).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","list":[null,1],"nothing":{},"quo\\"te":"\u2028"}',
    );
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(canonicalJson(undefined)).toBe("null");
  });

  it("T26 a field named like a prototype is a field, and 1,000 fields are in order", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}');
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${999 - at}`, at]));
    expect(Object.keys(JSON.parse(canonicalJson(many)))).toEqual(Object.keys(many).sort());
  });
});
