import { contractSetup, storageTest } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { note, world } from "../../../core/src/testing/storage-world.ts";
import { openers } from "../../test/support/open.ts";

describe.each(openers)("%s", (_, open) => {
  it("documents are counted by their state, and those that gave up are not waiting", async () => {
    const opened = await open(contractSetup);
    try {
      const self = await world(storageTest(opened));
      const { knowledge, leases } = self.storage;
      const notes = (...keys: string[]) => keys.map((key) => note(key, 1, "words"));
      await self.commit({ stream: "notes", records: notes("n1", "n2") });
      await self.index();
      await self.commit({ stream: "notes", records: notes("n3", "n4", "n5") });
      const lease = await self.lease("index");
      const [first] = await knowledge.pending(lease, 1, new Date());
      expect(first).toBeDefined();
      if (first) {
        const { id, revision } = first;
        await knowledge.postpone(lease, [{ id, revision, reason: "broken", nextAttemptAt: undefined }]);
      }
      expect(await knowledge.counts(self.orgId)).toMatchObject({
        documents: 5,
        indexed: 2,
        pending: 2,
        failed: 1,
      });
      expect(await knowledge.pending(lease, 9, new Date())).toHaveLength(2);
      await leases.release(lease, undefined);
    } finally {
      await opened.close();
    }
  });
});
