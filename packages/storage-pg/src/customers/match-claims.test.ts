import type { ClaimRow } from "@halo/core";
import { describe, expect, it } from "vitest";
import { identityKey, type KnownCustomers, matchClaims } from "./match-claims.ts";

const nobody: KnownCustomers = { byRecord: new Map(), byIdentity: new Map() };

const claim = (key: string, identities: readonly string[], kind: ClaimRow["kind"] = "end_user") => ({
  key,
  claim: {
    kind,
    candidateId: `new-${key}`,
    identities,
    fields: {},
    custom: {},
    rank: 1,
    source: "acme:1",
    company: undefined,
  },
});

const known = (
  records: Readonly<Record<string, string>>,
  addresses: Readonly<Record<string, string>>,
): KnownCustomers => ({
  byRecord: new Map(
    Object.entries(records).map(([key, customerId]) => [key, { kind: "end_user", customerId }]),
  ),
  byIdentity: new Map(Object.entries(addresses).map(([value, id]) => [identityKey("end_user", value), id])),
});

const customers = (found: ReturnType<typeof matchClaims>) =>
  Object.fromEntries(found.claims.map(({ key, customerId }) => [key, customerId]));

describe("matchClaims", () => {
  it("joins claims of one page by a chain of addresses, in whatever order they come", () => {
    const chain = [claim("a", ["1"]), claim("b", ["2"]), claim("c", ["1", "2"])];
    for (const order of [chain, chain.toReversed()]) {
      const found = matchClaims(order, nobody);
      expect(new Set(Object.values(customers(found))).size).toBe(1);
      expect(found.created.size).toBe(1);
      expect(
        found.identities.map(({ value, customerId }) => [value, found.created.has(customerId)]).sort(),
      ).toEqual([
        ["1", true],
        ["2", true],
      ]);
      expect(found.merges).toEqual([]);
    }
  });

  it("gives a new claim the stored customer of its address, and creates none", () => {
    const found = matchClaims([claim("a", ["1", "2"]), claim("b", ["2"])], known({}, { "1": "old" }));
    expect(customers(found)).toEqual({ a: "old", b: "old" });
    expect(found.created.size).toBe(0);
    expect(found.identities).toEqual([{ kind: "end_user", value: "2", customerId: "old" }]);
  });

  it("names two stored customers that an address joins, and leaves each record where it is", () => {
    const found = matchClaims([claim("a", ["2"])], known({ a: "one" }, { "2": "two" }));
    expect(customers(found)).toEqual({ a: "one" });
    expect(found.merges).toEqual([{ kind: "end_user", one: "one", other: "two" }]);
  });

  it("never joins a person and a company that go by the same text", () => {
    const found = matchClaims([claim("a", ["acme.test"]), claim("b", ["acme.test"], "company")], nobody);
    expect(customers(found)).toEqual({ a: "new-a", b: "new-b" });
  });

  it("makes a record that changed its kind a new customer of that kind", () => {
    const found = matchClaims([claim("a", [], "company")], known({ a: "person" }, {}));
    expect(customers(found)).toEqual({ a: "new-a" });
  });
});
