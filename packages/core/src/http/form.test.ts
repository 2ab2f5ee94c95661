import { describe, expect, it } from "vitest";
import { encodeForm } from "./form.ts";

const decoded = (fields: Parameters<typeof encodeForm>[0]) => [...new URLSearchParams(encodeForm(fields))];

describe("form fields", () => {
  it("writes nested fields with brackets, lists of scalars once for each, and lists of objects by index", () => {
    expect(
      decoded({
        customer: "cus_1",
        items: [{ price: "p1", quantity: 2 }, { price: "p2" }],
        metadata: { order: "6735", empty: "" },
        expand: ["a", "b"],
        cancel: true,
        created: { gte: 5 },
      }),
    ).toEqual([
      ["customer", "cus_1"],
      ["items[0][price]", "p1"],
      ["items[0][quantity]", "2"],
      ["items[1][price]", "p2"],
      ["metadata[order]", "6735"],
      ["metadata[empty]", ""],
      ["expand[]", "a"],
      ["expand[]", "b"],
      ["cancel", "true"],
      ["created[gte]", "5"],
    ]);
  });

  it("leaves out what is undefined, on every level", () => {
    expect(decoded({ a: undefined, b: { c: undefined }, d: [undefined], e: 0, f: false })).toEqual([
      ["e", "0"],
      ["f", "false"],
    ]);
  });

  it("T42 a value stays one value, whatever is in it", () => {
    const hostile = "x&amount=1&metadata[a]=b=c+d e\r\n%00é";
    expect(decoded({ reason: hostile, "a&b": "1" })).toEqual([
      ["reason", hostile],
      ["a&b", "1"],
    ]);
  });
});
