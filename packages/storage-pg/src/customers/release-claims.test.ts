import { contractSetup, storageTest } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { claimRow, record, tombstone, type World, world } from "../../../core/src/testing/storage-world.ts";
import { openers } from "../../test/support/open.ts";

describe.each(openers)("%s", (_, open) => {
  const inWorld = async (work: (self: World) => Promise<void>) => {
    const opened = await open(contractSetup);
    try {
      await work(await world(storageTest(opened)));
    } finally {
      await opened.close();
    }
  };
  const idOf = async (self: World, email: string) =>
    (await self.storage.customers.endUser(self.orgId, { email }))?.id;
  const person = (key: string, version: number, ...identities: string[]) =>
    record(key, version, { claim: claimRow({ identities }) });

  it("an address that only a deleted record named is nobody's again, one that another names too is not", async () => {
    await inWorld(async (self) => {
      await self.commit({ records: [person("a", 1, "both@acme.test", "own@acme.test")] });
      await self.commit({ records: [person("b", 1, "both@acme.test")] });
      const customer = await idOf(self, "both@acme.test");
      expect(await idOf(self, "own@acme.test")).toBe(customer);
      await self.commit({ tombstones: [tombstone("a", 2)] });
      expect(await idOf(self, "both@acme.test")).toBe(customer);
      expect(await idOf(self, "own@acme.test")).toBeUndefined();
      await self.commit({ records: [person("c", 1, "own@acme.test")] });
      expect(await idOf(self, "own@acme.test")).not.toBe(customer);
    });
  });

  it("a customer who comes back after all of their records were deleted is a new one", async () => {
    await inWorld(async (self) => {
      await self.commit({ records: [person("a", 1, "own@acme.test")] });
      const before = await idOf(self, "own@acme.test");
      await self.commit({ tombstones: [tombstone("a", 2)] });
      await self.commit({ records: [person("b", 3, "own@acme.test")] });
      const after = await idOf(self, "own@acme.test");
      expect(after).toBeDefined();
      expect(after).not.toBe(before);
    });
  });

  it("an address goes to whom it is to be merged with, when only that one still claims it", async () => {
    await inWorld(async (self) => {
      await self.commit({ records: [person("a", 1, "a@acme.test"), person("b", 1, "b@acme.test")] });
      const [a, b] = [await idOf(self, "a@acme.test"), await idOf(self, "b@acme.test")];
      expect(a).not.toBe(b);
      // Two stored customers turn out to be one; a page does not merge them.
      await self.commit({ records: [person("b", 2, "b@acme.test", "a@acme.test")] });
      expect(await idOf(self, "a@acme.test")).toBe(a);
      await self.commit({ tombstones: [tombstone("a", 3)] });
      expect(await idOf(self, "a@acme.test")).toBe(b);
    });
  });
});
