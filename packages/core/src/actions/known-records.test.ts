import { describe, expect, it } from "vitest";
import { tamper } from "../../test/harness.ts";
import { memoryStorage } from "../memory/index.ts";
import type { EndUser, Match } from "../ports/customer-store.ts";
import { knownRecords } from "./known-records.ts";

const match = (connectionId: string | undefined, stream: string, key: string): Match => ({
  kind: "end_user",
  customerId: "ada",
  connectionId,
  stream,
  key,
  reason: "email",
  score: 0.95,
});

/** One person, with records of two connections and two streams. */
function known(subject: { readonly email?: string } | undefined, orgId = "org") {
  const storage = tamper(memoryStorage(), "customers", {
    endUser: async (org, by) =>
      org === "org" && "email" in by && by.email === "ada@example.com"
        ? ({ id: "ada" } as EndUser)
        : undefined,
    explain: async (org, kind, id) =>
      org === "org" && kind === "end_user" && id === "ada"
        ? [
            match("c1", "customers", "cus_1"),
            match("c1", "customers", "cus_2"),
            match("c1", "customers", "cus_1"),
            match("c1", "invoices", "in_1"),
            match("c2", "customers", "cus_3"),
            match(undefined, "manual", "ada"),
          ]
        : [],
  });
  return knownRecords({ storage }, { orgId, connectionId: "c1", subject });
}

describe("what Halo knows of an action's subject at its connection", () => {
  it.each(["ada@example.com", " ADA@example.com", "Ada <ada@Example.com>"])(
    "is each record of the stream and the connection, once, however %j is written",
    async (email) => {
      expect(await known({ email })("customers")).toEqual(["cus_1", "cus_2"]);
      expect(await known({ email })("invoices")).toEqual(["in_1"]);
      expect(await known({ email })("charges")).toEqual([]);
    },
  );

  it("T30 is nothing of a stranger, of nobody, and in another org", async () => {
    expect(await known({ email: "eve@example.com" })("customers")).toEqual([]);
    expect(await known({ email: "n/a" })("customers")).toEqual([]);
    expect(await known({})("customers")).toEqual([]);
    expect(await known(undefined)("customers")).toEqual([]);
    expect(await known({ email: "ada@example.com" }, "other")("customers")).toEqual([]);
  });
});
