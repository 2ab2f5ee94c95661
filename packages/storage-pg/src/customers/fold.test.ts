import { describe, expect, it } from "vitest";
import { employeeCount, type FoldableClaim, foldClaims, instant } from "./fold.ts";

const claim = (like: Partial<FoldableClaim>): FoldableClaim => ({
  rank: 1,
  updatedAt: "2026-01-01T00:00:00.000Z",
  source: "acme:1",
  identities: [],
  fields: {},
  custom: {},
  ...like,
});

describe("foldClaims", () => {
  it("takes each field of the greatest rank, then the latest update, then the greatest source", () => {
    const claims = [
      claim({ source: "b", fields: { name: "b", phone: "b", city: "b" } }),
      claim({ source: "c", fields: { name: "c", phone: "c" }, updatedAt: "2025-12-31T23:59:59.999Z" }),
      claim({ source: "a", fields: { name: "a" }, rank: 2 }),
      claim({ source: "d", fields: { phone: "d" } }),
    ];
    for (const order of [claims, claims.toReversed()]) {
      expect(Object.fromEntries(foldClaims(order).fields)).toEqual({ name: "a", phone: "d", city: "b" });
    }
  });

  it("names the first address of the best claim that has one", () => {
    const claims = [
      claim({ identities: ["low@x.test"] }),
      claim({ rank: 9 }),
      claim({ rank: 5, identities: ["b@x.test", "a@x.test"] }),
    ];
    expect(foldClaims(claims).identity).toBe("b@x.test");
    expect(foldClaims([claim({})]).identity).toBeUndefined();
  });

  it("T26 keeps a custom field named __proto__ a field", () => {
    const hostile = claim({ custom: JSON.parse('{"__proto__":{"admin":true}}') });
    const { custom } = foldClaims([hostile]);
    expect(Object.keys(custom)).toEqual(["__proto__"]);
    expect((custom as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe("employeeCount", () => {
  it.each([
    ["1200", 1200],
    [" 1,200 ", 1200],
    ["1 200 000", 1_200_000],
    ["1'200", 1200],
    ["1200.0", 1200],
    ["0", 0],
  ])("reads %j as %d", (text, count) => {
    expect(employeeCount(text)).toBe(count);
  });

  it.each([undefined, "", "51-200", "1,2", "12.5", "-3", "1e9", "many", "9".repeat(16)])(
    "reads no number in %j",
    (text) => {
      expect(employeeCount(text)).toBeUndefined();
    },
  );
});

describe("instant", () => {
  it.each([
    ["2026-01-02", "2026-01-02T00:00:00.000Z"],
    ["2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"],
    ["1767312000000", "2026-01-02T00:00:00.000Z"],
  ])("reads %j", (text, iso) => {
    expect(instant(text)).toBe(iso);
  });

  it.each([undefined, "", "soon", "+275000-01-01T00:00:00Z", "999999999999999"])(
    "reads none in %j",
    (text) => {
      expect(instant(text)).toBeUndefined();
    },
  );
});
